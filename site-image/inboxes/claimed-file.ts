/**
 * A file that a component has taken from its inbox, until its work is done, it is put back, or it is put in quarantine.
 * Each of these is one rename or removal, so that a crash finds it in one state or the next. It comes once the commits
 * of its work are on the disk, and is not waited for itself: should the power take it back, the work is found done.
 */
import { lstatSync, type Stats, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import type { z } from "zod";

import type { Subject } from "../../domain/journal.ts";
import { NoDocumentError, readDocument } from "./document-file.ts";
import type { Inbox, Place } from "./inbox.ts";
import type { Stage } from "./stages.ts";
import { remove, rename, renameDurably } from "./whole-file.ts";

/** A file in a component's hand. It ends with `done`, `release` or `quarantine`. */
export class ClaimedFile {
  readonly name: string;
  readonly path: string;
  readonly #inbox: Pick<Inbox, "folder" | "defer">;
  readonly #stage: Stage;
  readonly #place: Place;

  constructor(inbox: Pick<Inbox, "folder" | "defer">, stage: Stage, place: Place, name: string) {
    this.name = name;
    this.path = join(inbox.folder, name + stage.claimed);
    this.#inbox = inbox;
    this.#stage = stage;
    this.#place = place;
  }

  /** Its document. Undefined when it is not one: then it is in quarantine and never comes round again. */
  async read<Schema extends z.ZodType>(schema: Schema): Promise<z.infer<Schema> | undefined> {
    let content: unknown;
    try {
      content = JSON.parse((await readDocument(this.path)).toString("utf8"));
    } catch (error) {
      if (error instanceof NoDocumentError) await this.quarantine(error.message);
      else if (error instanceof SyntaxError) await this.quarantine(`not JSON: ${error.message}`);
      else throw error;
      return undefined;
    }
    const parsed = schema.safeParse(content);
    if (parsed.success) return parsed.data;
    const mistakes = parsed.error.issues.map(
      (issue) => `${issue.path.join(".") || "document"}: ${issue.message}`,
    );
    await this.quarantine(mistakes.join("; "));
    return undefined;
  }

  /** Its work is done and safe elsewhere: the file goes. */
  async done(subject: Subject = {}): Promise<void> {
    const { folders, reporter, flushed } = this.#place;
    await flushed();
    remove(this.path, () =>
      reporter.event({ action: "deleted", file: folders.shown(this.path), ...subject }),
    );
  }

  /** Puts it back, to be offered again after `delayMs` emulated milliseconds; 0 is at once. */
  async release(delayMs = 0, subject: Subject & { text?: string } = {}): Promise<void> {
    const { folders, reporter } = this.#place;
    const ready = join(this.#inbox.folder, this.name + this.#stage.ready);
    await this.#putBack(ready, () => {
      reporter.event({
        action: "released",
        file: folders.shown(ready),
        from: folders.shown(this.path),
        ...subject,
      });
      if (delayMs > 0) this.#inbox.defer(this.name, delayMs);
    });
  }

  async #putBack(ready: string, onVisible: () => void): Promise<void> {
    // A newer file of the same name may have come meanwhile, and it says more than this one: it must stay.
    if (statSync(ready, { throwIfNoEntry: false })) await this.done();
    else rename(this.path, ready, onVisible);
  }

  /** Gives it to another folder under another name, in one rename. */
  async moveTo(path: string, subject: Subject & { text?: string } = {}): Promise<void> {
    const { folders, reporter, flushed } = this.#place;
    await flushed();
    await renameDurably(this.path, path, () =>
      reporter.event({
        action: "renamed",
        file: folders.shown(path),
        from: folders.shown(this.path),
        ...subject,
      }),
    );
  }

  /** Puts it where no component looks, and raises a status message. */
  async quarantine(reason: string, subject: Subject = {}): Promise<void> {
    await putInQuarantine(this.#place, this.path, this.name + this.#stage.ready, reason, subject);
  }
}

/** Under `name`, or `name.2` and so on, beside the folder's other files that could not be read. */
export async function putInQuarantine(
  { folders, reporter }: Place,
  path: string,
  name: string,
  reason: string,
  subject: Subject = {},
): Promise<void> {
  const folder = join(dirname(path), "Quarantine");
  await mkdir(folder, { recursive: true });
  const to = placeFor(path, join(folder, name));
  await renameDurably(path, to, () => {
    reporter.event({
      action: "quarantined",
      file: folders.shown(to),
      from: folders.shown(path),
      text: reason,
      ...subject,
    });
    reporter.status(30000, `${basename(path)}: ${reason}`, subject.packages?.[0]);
  });
}

/** A file takes the place of an earlier one of its name; what is a folder, then or now, is not replaced. */
function placeFor(path: string, wanted: string): string {
  const isFolder = (stats: Stats | undefined) => stats?.isDirectory() === true;
  const look = (at: string) => lstatSync(at, { throwIfNoEntry: false });
  const isNew = isFolder(look(path));
  for (let to = wanted, number = 2; ; to = `${wanted}.${number++}`) {
    const there = look(to);
    if (!there || !(isNew || isFolder(there))) return to;
  }
}
