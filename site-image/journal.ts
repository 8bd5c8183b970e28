/**
 * The journal of a site: `journal.jsonl`, one event a line, only ever appended to, kept across restarts.
 * An event is on its way to the disk when `record` returns; a kill can tear the last line, which the next start
 * cuts off. It is a record of what happened, never what the site works from: that is the inboxes and the database.
 * So `record` does not fail with the disk: what that does not take waits in memory, and only a kill then loses it.
 */

import { EventEmitter, on } from "node:events";
import { createReadStream, ftruncateSync, readSync } from "node:fs";
import { createInterface } from "node:readline";

import type { Clock } from "../domain/clock.ts";
import type { SiteCode } from "../domain/identifiers.ts";
import { type JournalEntry, type JournalEvent, journalEvent } from "../domain/journal.ts";
import type { DiskTrouble } from "./disk-trouble.ts";
import { LineFile } from "./line-file.ts";

type Deps = { file: string; site: SiteCode; clock: Clock; disk: Pick<DiskTrouble, "met"> };

/** Events that wait for the disk at most; what comes then is lost, and counted. */
const mostWaiting = 20_000;

export class Journal implements Disposable {
  readonly #deps: Deps;
  readonly #file: LineFile;
  /** What the disk did not take yet, in order. */
  readonly #waiting: JournalEvent[] = [];
  #lost = 0;
  readonly #watchers = new EventEmitter<{ event: [JournalEvent] }>();
  #last: JournalEvent | undefined;
  #sequence = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#file = new LineFile(deps.file, "a+");
    this.#watchers.setMaxListeners(0); // as many as care to watch
    this.#last = this.#mend();
    this.#sequence = this.#last?.sequence ?? 0;
  }

  get last(): JournalEvent | undefined {
    return this.#last;
  }

  /** Returns the event, undefined where it is lost. */
  record(component: string, entry: JournalEntry): JournalEvent | undefined {
    this.flush();
    if (this.#waiting.length < mostWaiting) return this.#keep(component, entry);
    this.#lost++;
    return undefined;
  }

  /** Writes what waits, as far as the disk takes it. Never throws. */
  flush(): void {
    if (this.#waiting.length > 0) this.#write();
    if (this.#lost === 0 || this.#waiting.length > 0) return;
    const text = `${this.#lost} events are missing here: the disk did not take them`;
    this.#lost = 0;
    this.#keep("JOURNAL", { action: "recorded", text });
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
    const waiting = [...this.#waiting];
    const end = this.#sequence - waiting.length;
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
      for (const event of waiting) {
        if (event.sequence <= reached) continue;
        reached = event.sequence;
        yield event;
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
    this.flush();
    this.#file[Symbol.dispose]();
  }

  #keep(component: string, entry: JournalEntry): JournalEvent {
    const event = this.#event(component, entry, ++this.#sequence);
    this.#last = event;
    this.#waiting.push(event);
    this.#write();
    this.#watchers.emit("event", event);
    return event;
  }

  #write(): void {
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        this.#file.add(`${JSON.stringify(next)}\n`);
        this.#waiting.shift();
      }
    } catch (error) {
      this.#deps.disk.met("JOURNAL", error);
    }
  }

  #event(component: string, entry: JournalEntry, sequence: number): JournalEvent {
    const { site, clock } = this.#deps;
    const realMs = Math.round(clock.realNow() * 1000) / 1000;
    return { sequence, site, component, emulatedMs: Math.round(clock.now()), realMs, ...entry };
  }

  /** Cuts off a torn last line and returns the last whole event. Reads backwards, so a long journal costs nothing. */
  #mend(): JournalEvent | undefined {
    const { descriptor, bytes: size } = this.#file;
    for (let length = Math.min(size, 64 * 1024); length > 0; length = Math.min(size, length * 4)) {
      const tail = Buffer.alloc(length);
      readSync(descriptor, tail, 0, length, size - length);
      const end = tail.lastIndexOf("\n"); // an event is whole once its newline is there
      const start = end > 0 ? tail.lastIndexOf("\n", end - 1) : -1;
      if (end >= 0 && (start >= 0 || length === size)) {
        const cut = size - length + end + 1;
        if (cut < size) ftruncateSync(descriptor, cut);
        return journalEvent.parse(JSON.parse(tail.subarray(start + 1, end).toString("utf8")));
      }
      if (length === size) break;
    }
    if (size > 0) ftruncateSync(descriptor, 0);
    return undefined;
  }
}
