/**
 * The last things that happened, each in a line: what a run tells on a terminal, what was done by hand. Pure.
 */
import type { JournalEvent } from "../../domain/journal.ts";
import type { Board } from "../progress/board.ts";
import { eventLine } from "../progress/event-line.ts";
import type { NewsEntry } from "./live-entries.ts";

const mostNews = 60;

export class News {
  entries: NewsEntry = [];
  #number = 0;

  /** The board has been told the event before. */
  told(event: JournalEvent, board: Board): void {
    const text = eventLine(event, board);
    if (text === undefined) return;
    const { action, emulatedMs, site } = event;
    const isBad = action === "failed" || action === "quarantined" || action === "withdrawn";
    const isGood = action === "installed" || action === "completed";
    this.add({ emulatedMs, site, text, tone: isBad ? "bad" : isGood ? "good" : "plain" });
  }

  add(one: Omit<NewsEntry[number], "number">): void {
    // Each site tells by itself, so what is told late may be of before.
    this.entries = [...this.entries, { number: ++this.#number, ...one }]
      .sort((a, b) => a.emulatedMs - b.emulatedMs)
      .slice(-mostNews);
  }
}
