/**
 * The journal of a site: `journal.jsonl`, one event a line, only ever appended to, kept across restarts.
 * An event is on its way to the disk when `record` returns; a kill can tear the last line, which the next start
 * cuts off. It is a record of what happened, never what the site works from: that is the inboxes and the database.
 */

import { EventEmitter, on } from "node:events";
import {
  closeSync,
  createReadStream,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { createInterface } from "node:readline";

import type { Clock } from "../domain/clock.ts";
import type { SiteCode } from "../domain/identifiers.ts";
import { type JournalEntry, type JournalEvent, journalEvent } from "../domain/journal.ts";

type Deps = { file: string; site: SiteCode; clock: Clock };

export class Journal implements Disposable {
  readonly #deps: Deps;
  readonly #descriptor: number;
  readonly #watchers = new EventEmitter<{ event: [JournalEvent] }>();
  #last: JournalEvent | undefined;
  #sequence = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#descriptor = openSync(deps.file, "a+");
    this.#watchers.setMaxListeners(0); // as many as care to watch
    this.#last = this.#mend();
    this.#sequence = this.#last?.sequence ?? 0;
  }

  get last(): JournalEvent | undefined {
    return this.#last;
  }

  record(component: string, entry: JournalEntry): JournalEvent {
    const event = this.#event(component, entry, ++this.#sequence);
    writeSync(this.#descriptor, `${JSON.stringify(event)}\n`);
    this.#last = event;
    this.#watchers.emit("event", event);
    return event;
  }

  /** Tells those who watch now and keeps nothing: for progress, which is old in a second. */
  show(component: string, entry: JournalEntry): void {
    if (this.#watchers.listenerCount("event") > 0)
      this.#watchers.emit("event", this.#event(component, entry, 0));
  }

  /** The events after `sequence`, oldest first; then, with `follow`, each new one until `signal` aborts. */
  async *events(sequence: number, follow: boolean, signal: AbortSignal): AsyncGenerator<JournalEvent> {
    // Listening starts before reading, so that nothing falls between the two; the sequence tells what was read.
    const live = on(this.#watchers, "event", { signal });
    const end = this.#sequence;
    let reached = sequence;
    try {
      if (reached < end) {
        const lines = createInterface({ input: createReadStream(this.#deps.file, { encoding: "utf8" }) });
        for await (const line of lines) {
          const event = JSON.parse(line) as JournalEvent; // written by this class, mended at start
          if (event.sequence > end) break;
          if (event.sequence <= reached) continue;
          reached = event.sequence;
          yield event;
          if (reached === end || signal.aborted) break;
        }
        lines.close();
      }
      if (!follow) return;
      for await (const [event] of live as AsyncIterable<[JournalEvent]>) {
        if (event.sequence === 0 || event.sequence > reached) yield event;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await live.return?.();
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #event(component: string, entry: JournalEntry, sequence: number): JournalEvent {
    const { site, clock } = this.#deps;
    const realMs = Math.round(clock.realNow() * 1000) / 1000;
    return { sequence, site, component, emulatedMs: Math.round(clock.now()), realMs, ...entry };
  }

  /** Cuts off a torn last line and returns the last whole event. Reads backwards, so a long journal costs nothing. */
  #mend(): JournalEvent | undefined {
    const size = fstatSync(this.#descriptor).size;
    for (let length = Math.min(size, 64 * 1024); length > 0; length = Math.min(size, length * 4)) {
      const tail = Buffer.alloc(length);
      readSync(this.#descriptor, tail, 0, length, size - length);
      const end = tail.lastIndexOf("\n"); // an event is whole once its newline is there
      const start = end > 0 ? tail.lastIndexOf("\n", end - 1) : -1;
      if (end >= 0 && (start >= 0 || length === size)) {
        const cut = size - length + end + 1;
        if (cut < size) ftruncateSync(this.#descriptor, cut);
        return journalEvent.parse(JSON.parse(tail.subarray(start + 1, end).toString("utf8")));
      }
      if (length === size) break;
    }
    if (size > 0) ftruncateSync(this.#descriptor, 0);
    return undefined;
  }
}
