/**
 * A rule that every history keeps, whatever was killed, cut or changed while it was made. A rule is told the events of
 * each site in their order, those of several sites in any, and is bounded by what is there, not by how long it went on.
 */
import type { JournalEvent } from "../../domain/journal.ts";

/** Called with the event that breaks the rule, and how it does, in words that go on after the place and the moment. */
export type Found = (event: JournalEvent, words: string) => void;

export interface Rule {
  /** What holds, in words: `installed once`. */
  readonly name: string;
  see(event: JournalEvent, found: Found): void;
  /** What only the end shows. May be called more than once: events may follow. */
  end?(found: Found, isAtRest: boolean): void;
}
