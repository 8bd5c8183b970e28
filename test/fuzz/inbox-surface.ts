/**
 * The inboxes of a running site: documents of every type, made hostile, left as a component leaves them; and replication
 * that an attached neighbour sends under its own signature (signed-replication.ts). Each must lie in its inbox's
 * quarantine in the end, letter by letter, and have raised a status message.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import type { Random } from "../support/random.ts";
import type { AttackedSite } from "./attacked-site.ts";
import { type HostileFile, hostileFile } from "./inbox-documents.ts";
import { SignedReplication } from "./signed-replication.ts";
import type { Answer, Surface } from "./surface.ts";

const boxes = "SMS/Inboxes";
const perBatch = 64;
/** Of a batch: they cost a dozen flushes each. */
const signedPerBatch = 1;
/** Real milliseconds. A component that has not looked by then does not look any more. */
const patienceMs = 10_000;

/** Something that must be put in quarantine. */
export type Expected = {
  readonly kind: string;
  /** Where, below the inboxes. */
  readonly folder: string;
  readonly name: string;
  /** What it must say then; undefined where it is a folder, or another's to write. */
  readonly text: string | undefined;
  /** What tells of it among the status messages. */
  readonly word: string;
};

export async function inboxSurface(site: AttackedSite): Promise<Surface> {
  const outside = join(site.folder, "being-written");
  await mkdir(outside, { recursive: true });
  const signed = new SignedReplication(site);
  let count = 0;
  await site.newStatusMessages();
  return {
    async attack(random: Random) {
      const files = Array.from({ length: perBatch }, () => {
        count += 1;
        return hostileFile(random, count);
      });
      for (const file of files) await leave(site, outside, file);
      const expected: Expected[] = files.map((file) => ({ ...file, word: `${wordOf(file.name)}.` }));
      for (let n = 0; n < signedPerBatch; n += 1) expected.push(await signed.deliver(random));
      const signal = AbortSignal.timeout(patienceMs);
      const found: boolean[] = [];
      for (const one of expected) found.push(await isQuarantined(site, one, signal));
      const messages = (await site.newStatusMessages()).filter(({ id }) => id === 30_000 || id === 30_001);
      return expected.map((one, index): Answer => {
        const { kind, folder, name, text, word } = one;
        const input = `${folder}/${name}: ${text?.slice(0, 300)}`;
        if (!found[index]) return { kind, verdict: "accepted", label: "taken", input };
        const isTold = messages.some((message) => message.text.includes(word));
        return isTold
          ? { kind, verdict: "refused", label: "quarantine and a status message", input }
          : { kind, verdict: "accepted", label: "no status message", input };
      });
    },
    async [Symbol.asyncDispose]() {
      await signed[Symbol.asyncDispose]();
      await rm(outside, { recursive: true, force: true });
    },
  };
}

/** Files of a job and of its request differ by what is after the dot alone. */
function wordOf(name: string): string {
  return name.slice(0, name.lastIndexOf("."));
}

/** Whole or not at all, as a component leaves a file. */
async function leave(
  site: AttackedSite,
  outside: string,
  { folder, name, text }: HostileFile,
): Promise<void> {
  const written = join(outside, name);
  if (text === undefined) await mkdir(written);
  else await writeFile(written, text);
  await rename(written, site.path(join(boxes, folder, name)));
}

/** Looks until it is there or `signal` aborts; an administrator then clears it away. */
async function isQuarantined(
  site: AttackedSite,
  { folder, name, text }: Expected,
  signal: AbortSignal,
): Promise<boolean> {
  const path = site.path(join(boxes, folder, "Quarantine", name));
  const patience = { everyMs: 5, withinMs: patienceMs, signal };
  const look = () =>
    stat(path).then(
      () => true,
      () => undefined,
    );
  const isThere = (await look()) ?? (await until(systemWallClock, patience, look).catch(() => undefined));
  if (!isThere) return false;
  const isSame = text === undefined || (await readFile(path, "utf8")) === text;
  await rm(path, { recursive: true });
  return isSame;
}
