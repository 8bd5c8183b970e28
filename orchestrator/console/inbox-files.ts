/**
 * The files in the inboxes of one site as its journal tells of them: what lies there now, and what has passed. Pure.
 */
import { basename, dirname, extname } from "node:path/posix";

import type { JournalEvent } from "../../domain/journal.ts";
import type { InboxEntry, InboxFile } from "./live-entries.ts";

/** In the order of the flow (design, section 3). */
const inboxes = [
  "Distmgr.box",
  "Distmgr.box/Incoming",
  "Pkginfo.box",
  "Replmgr.box/Outbound/High",
  "Replmgr.box/Outbound/Normal",
  "Replmgr.box/Outbound/Low",
  "Replmgr.box/Incoming",
  "Schedule.box",
  "Schedule.box/Tosend",
  "Schedule.box/Requests",
  "Schedule.box/Outboxes/LAN",
  "Schedule.box/Outboxes/RASAsynch",
  "Schedule.box/Outboxes/RASISDN",
  "Despoolr.box/Receive",
];

/** Files here wait for nobody: what clients are told, and the parts that a send request stands for. */
const atRest: ReadonlySet<string> = new Set(["Pkginfo.box", "Schedule.box/Tosend"]);

/** So many of the files that left an inbox are remembered. */
const mostLeft = 6;

type Box = { readonly files: Map<string, InboxFile>; passed: number; left: { file: string; atMs: number }[] };

export class InboxFiles {
  readonly #boxes = new Map<string, Box>(
    inboxes.map((inbox) => [inbox, { files: new Map(), passed: 0, left: [] }]),
  );
  #waiting = 0;

  apply(event: JournalEvent): void {
    const { action, file, from } = event;
    if (file === undefined) return;
    const isGone = action === "deleted" || action === "quarantined";
    // A rename within an inbox is a change of state; only a file that has left it has passed.
    if (from !== undefined && action !== "copied") {
      if (isGone || dirname(from) !== dirname(file)) this.#leave(from, event);
      else this.#box(from)?.files.delete(basename(from));
    }
    if (isGone) this.#leave(file, event);
    else this.#put(file, event);
    this.#waiting = [...this.#boxes].reduce(
      (sum, [inbox, { files }]) => (atRest.has(inbox) ? sum : sum + files.size),
      0,
    );
  }

  /** Files that a component has to do something with. */
  get waiting(): number {
    return this.#waiting;
  }

  entries(): InboxEntry[] {
    return [...this.#boxes].map(([inbox, { files, passed, left }]) => ({
      inbox,
      files: [...files.values()].slice(0, 40),
      passed,
      left,
    }));
  }

  #put(path: string, event: JournalEvent): void {
    const name = basename(path);
    this.#box(path)?.files.set(name, {
      file: name,
      extension: extname(name),
      packages: event.packages?.join(" ") ?? "",
      peer: event.peer ?? "",
      sinceMs: event.emulatedMs,
    });
  }

  #leave(path: string, { emulatedMs }: JournalEvent): void {
    const box = this.#box(path);
    const name = basename(path);
    if (!box?.files.delete(name)) return;
    box.passed++;
    box.left = [{ file: name, atMs: emulatedMs }, ...box.left].slice(0, mostLeft);
  }

  #box(path: string): Box | undefined {
    return this.#boxes.get(dirname(path).replace(/^SMS\/Inboxes\//, ""));
  }
}
