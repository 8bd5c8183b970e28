/**
 * The journals of sites that lie in a folder of this machine: `<root>/<code>/journal.jsonl`, one event a line.
 * Only read. A line that is not whole is the last one of a run that was killed; it never happened.
 */
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { type SiteCode, siteCode } from "../domain/identifiers.ts";
import { type JournalEvent, journalEvent } from "../domain/journal.ts";
import { systemCodeOf } from "./failure.ts";

/** How much of a journal's end is read to find its last event. Lines are a few hundred bytes. */
const tailBytes = 64 * 1024;

/** The sites that have a journal under `root`. */
export async function sitesWithJournal(root: string): Promise<SiteCode[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const codes = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => siteCode.safeParse(entry.name))
    .flatMap((parsed) => (parsed.success ? [parsed.data] : []));
  const isThere = await Promise.all(
    codes.map((code) => stat(journalFile(root, code)).then(Boolean, () => false)),
  );
  return codes.filter((_, index) => isThere[index]);
}

export async function* journalEvents(root: string, site: SiteCode): AsyncGenerator<JournalEvent> {
  const lines = createInterface({ input: createReadStream(journalFile(root, site)), crlfDelay: Infinity });
  for await (const line of lines) {
    const event = eventIn(line);
    if (event) yield event;
  }
}

/** The last emulated moment in a site's journal; undefined before the first. */
export async function lastEventMs(root: string, site: SiteCode): Promise<number | undefined> {
  const file = await open(journalFile(root, site), "r").catch((error: unknown) => {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - tailBytes);
    const buffer = Buffer.alloc(size - start);
    await file.read(buffer, 0, buffer.length, start);
    const events = buffer.toString("utf8").split("\n").map(eventIn);
    return events.findLast((event) => event !== undefined)?.emulatedMs;
  } finally {
    await file.close();
  }
}

function journalFile(root: string, site: SiteCode): string {
  return join(root, site, "journal.jsonl");
}

function eventIn(line: string): JournalEvent | undefined {
  try {
    return journalEvent.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
