/**
 * Inbox Manager: mirrors `Pkginfo.box` to the client access points and management points: what is new or different is
 * copied whole, what is gone is deleted there too (domain.md section 4, row 5).
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join, parse } from "node:path";

import { packageId, type ServerName } from "../../domain/identifiers.ts";
import type { Subject } from "../../domain/journal.ts";
import type { Component } from "../component.ts";
import { type Changed, Inbox, type Place } from "../inboxes/inbox.ts";
import { isMissing, removeDurably, sweepUnfinished, writeWhole } from "../inboxes/whole-file.ts";

type Deps = {
  place: Place;
  clientAccessPoints: readonly ServerName[];
  managementPoints: readonly ServerName[];
};

type Mirror = { readonly server: ServerName; readonly folder: string };

export class InboxManager implements Component {
  readonly name = "SMS_INBOX_MANAGER";
  readonly log = "inboxmgr";
  readonly #place: Place;
  readonly #inbox: Inbox;
  readonly #mirrors: readonly Mirror[];

  constructor({ place, clientAccessPoints, managementPoints }: Deps) {
    this.#place = place;
    // It never takes the files, so no extension is its own: it only wants to know when the folder changes.
    this.#inbox = new Inbox(place.folders.packageInformation, { ready: "", claimed: "\0" }, place);
    this.#mirrors = [
      ...clientAccessPoints.map((server) => ({ server, folder: place.folders.clientAccessPoint(server) })),
      ...managementPoints.map((server) => ({ server, folder: place.folders.managementPoint(server) })),
    ];
  }

  async recover(): Promise<void> {
    await this.#inbox.recover();
    for (const { folder } of this.#mirrors) {
      await mkdir(folder, { recursive: true });
      await sweepUnfinished(folder);
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    for await (const changed of this.#inbox.changes(signal)) {
      for (const mirror of this.#mirrors) {
        try {
          await this.#mirror(mirror, changed);
        } catch (error) {
          this.#place.reporter.error(
            `cannot mirror to ${mirror.server}; tried again at the next sweep`,
            error,
          );
        }
      }
    }
  }

  async #mirror({ server, folder }: Mirror, changed: Changed): Promise<void> {
    const { folders, reporter } = this.#place;
    const isAll = changed === "all";
    const wanted = isAll ? new Set(await filesIn(this.#inbox.folder)) : changed;
    for (const name of isAll ? await filesIn(folder) : changed) {
      if (isAll ? wanted.has(name) : existsSync(join(this.#inbox.folder, name))) continue;
      const file = join(folder, name);
      await removeDurably(file, () =>
        reporter.event({ action: "deleted", file: folders.shown(file), server, ...subjectOf(name) }),
      );
    }
    for (const name of wanted) {
      const from = join(this.#inbox.folder, name);
      const to = join(folder, name);
      const content = await contentOf(from);
      if (!content || (await contentOf(to))?.equals(content)) continue;
      await writeWhole(to, content, () =>
        reporter.event({
          action: "copied",
          file: folders.shown(to),
          from: folders.shown(from),
          server,
          ...subjectOf(name),
        }),
      );
      reporter.info(`Copied ${name} to ${server}`);
    }
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && !entry.name.startsWith(".")).map((entry) => entry.name);
}

async function contentOf(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isMissing(error) || isFolder(error)) return undefined; // deleted meanwhile, not there yet, or no file
    throw error;
  }
}

function isFolder(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EISDIR";
}

/** The files are named after their package. */
function subjectOf(name: string): Subject {
  const id = packageId.safeParse(parse(name).name);
  return id.success ? { packages: [id.data] } : {};
}
