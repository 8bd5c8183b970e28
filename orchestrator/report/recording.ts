/**
 * All that a report is made of, from the events of all sites: live, with the progress of transfers, or afterwards from
 * the journals alone. Told the events of one site in their order, those of several sites in any. No I/O, no clock, and
 * bounded: a night with thousands of transfers fits.
 */
import type { JournalEvent } from "../../domain/journal.ts";
import { HistoryCheck } from "../history/history-check.ts";
import { Board } from "../progress/board.ts";
import type { Happening } from "./happenings.ts";
import { LineCalls } from "./line-calls.ts";
import { ReceivedParts } from "./received-parts.ts";
import { SendRequests } from "./send-requests.ts";

/** So much of what went wrong is kept; the rest is counted. */
const mostTroubles = 500;

export class Recording {
  readonly board = new Board();
  readonly requests = new SendRequests();
  readonly lines = new LineCalls();
  readonly received = new ReceivedParts();
  readonly history = new HistoryCheck();
  /** What failed, in the order it was heard of. */
  readonly failures: JournalEvent[] = [];
  failureCount = 0;
  /** What a scenario made happen; the journals of sites do not tell. */
  readonly happened: Happening[] = [];
  /** Files that were put in quarantine. */
  readonly quarantined: JournalEvent[] = [];
  /** Of the first and the last event; undefined before there was one. */
  firstMs: number | undefined;
  lastMs: number | undefined;

  static of(events: Iterable<JournalEvent>): Recording {
    const recording = new Recording();
    for (const event of events) recording.apply(event);
    return recording;
  }

  apply(event: JournalEvent): void {
    this.board.apply(event);
    this.requests.apply(event);
    this.lines.apply(event);
    this.received.apply(event);
    this.history.apply(event);
    this.firstMs = Math.min(this.firstMs ?? event.emulatedMs, event.emulatedMs);
    this.lastMs = Math.max(this.lastMs ?? event.emulatedMs, event.emulatedMs);
    if (event.action === "failed") {
      this.failureCount++;
      if (this.failures.length < mostTroubles) this.failures.push(event);
    }
    if (event.action === "quarantined" && this.quarantined.length < mostTroubles)
      this.quarantined.push(event);
  }
}
