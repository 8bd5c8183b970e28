/**
 * Inbox Manager: mirrors `Pkginfo.box` to the client access points and management points: what is new or different is
 * copied whole, what is gone is deleted there too (domain.md section 4, row 5). What is none of the files for clients
 * goes to quarantine, and its package to Distribution Manager, which makes anew what is missing.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join, parse } from "node:path";

import { packageId, type ServerName } from "../../domain/identifiers.ts";
import type { Subject } from "../../domain/journal.ts";
import type { Component } from "../component.ts";
import { NoDocumentError, readDocument } from "../inboxes/document-file.ts";
import { packageIcon, packageInformation, packageLocations } from "../inboxes/documents.ts";
import { type Changed, Inbox, type Place, putDocument } from "../inboxes/inbox.ts";
import { stages } from "../inboxes/stages.ts";
import { isMissing, removeDurably, sweepUnfinished, writeWhole } from "../inboxes/whole-file.ts";
import { errorText } from "../reporter.ts";

type Deps = {
  place: Place;
  clientAccessPoints: readonly ServerName[];
  managementPoints: readonly ServerName[];
};

/** What clients are given is read here as they would read it. */
const schemas = { ".PKG": packageInformation, ".NAL": packageLocations, ".ICO": packageIcon } as const;

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
      if (content === undefined) continue;
      if (content instanceof NoDocumentError) {
        await this.#setAside(name, content.message);
        continue;
      }
      const copy = await contentOf(to);
      if (copy instanceof Buffer && copy.equals(content)) continue;
      const mistake = mistakeIn(name, content);
      if (mistake !== undefined) {
        await this.#setAside(name, mistake);
        continue;
      }
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

  /** What Distribution Manager made of the package it makes again, should this have taken its place. */
  async #setAside(name: string, mistake: string): Promise<void> {
    await this.#inbox.quarantine(name, mistake);
    const id = packageId.safeParse(parse(name).name).data;
    if (!id) return;
    const { folders } = this.#place;
    const path = join(folders.distributionManager, id + stages.packageNotification.ready);
    await putDocument(this.#place, path, { version: 1, packageId: id }, { packages: [id] });
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => entry.name);
}

/** Undefined where it was deleted meanwhile, is not there yet, or is a folder. */
async function contentOf(file: string): Promise<Buffer | NoDocumentError | undefined> {
  try {
    return await readDocument(file);
  } catch (error) {
    const isNone = error instanceof NoDocumentError;
    if (isMissing(error) || (isNone && error.isFolder)) return undefined;
    if (isNone) return error;
    throw error;
  }
}

/** Why it is none of the three files for clients; undefined where it is one. */
function mistakeIn(name: string, content: Buffer): string | undefined {
  const { name: id, ext: extension } = parse(name);
  const schema = Object.hasOwn(schemas, extension) ? schemas[extension as keyof typeof schemas] : undefined;
  if (!schema) return `expected a name that ends with ${Object.keys(schemas).join(", ")}`;
  try {
    const { packageId } = schema.parse(JSON.parse(content.toString("utf8")));
    return packageId === id
      ? undefined
      : `expected the package that the file is named after, got ${packageId}`;
  } catch (error) {
    return errorText(error);
  }
}

/** The files are named after their package. */
function subjectOf(name: string): Subject {
  const id = packageId.safeParse(parse(name).name);
  return id.success ? { packages: [id.data] } : {};
}
