/**
 * The recorder at every receiver: keeps what comes over the shares of the sites in this process, what those sites go by
 * and when the process stood still, and has it checked against the addresses. Bytes of one request are kept as one
 * record for each few milliseconds, so that a large transfer costs little.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, parse, sep } from "node:path";

import { senderComponent } from "../../domain/address.ts";
import { journalEvent } from "../../domain/journal.ts";
import { senderType } from "../../domain/package.ts";
import { type ShareRead, shareTraffic } from "../../site-image/http/share-traffic.ts";
import { type SiteNews, siteNews } from "../../site-image/site-news.ts";
import type { SendingStart, Traffic, TrafficRecord } from "./traffic.ts";
import { faultsIn, faultWords } from "./traffic-check.ts";

/** Real milliseconds. Reads are gathered for so long, and a timer so much later than due tells of a standstill. */
const everyMs = 5;
const lateMs = 2;
const mostShown = 10;

const realNow = () => performance.timeOrigin + performance.now();

export class TrafficRecorder implements Disposable {
  readonly #keep: (record: TrafficRecord) => void;
  readonly #folder: string;
  /** What came since the last tick, by receiver and request. */
  readonly #gathered = new Map<string, Extract<TrafficRecord, { kind: "arrival" }>>();
  readonly #timer: NodeJS.Timeout;
  #tickedMs = realNow();

  /** Of the sites whose folders are in `folder`. Each record is given to `keep` as it is made. */
  constructor(folder: string, keep: (record: TrafficRecord) => void) {
    this.#folder = folder;
    this.#keep = keep;
    subscribe(shareTraffic.name, this.#onRead);
    subscribe(siteNews.name, this.#onNews);
    this.#timer = setInterval(() => this.#tick(), everyMs).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    unsubscribe(shareTraffic.name, this.#onRead);
    unsubscribe(siteNews.name, this.#onNews);
    this.#tick();
  }

  readonly #onRead = (message: unknown): void => {
    const { folder, site, from, request, bytes, realMs, heldMs } = message as ShareRead;
    if (!this.#isMine(folder)) return;
    if (heldMs > 0) this.#keep({ kind: "standstill", site, fromMs: realMs - heldMs, toMs: realMs });
    const key = `${folder} ${request}`;
    const before = this.#gathered.get(key)?.bytes ?? 0;
    this.#gathered.set(key, { kind: "arrival", site, from, request, atMs: realMs, bytes: before + bytes });
  };

  readonly #onNews = (message: unknown): void => {
    const { folder, ...news } = message as SiteNews;
    if (this.#isMine(folder)) this.#keep({ kind: "news", ...news });
  };

  #tick(): void {
    const nowMs = realNow();
    const dueMs = this.#tickedMs + everyMs;
    if (nowMs > dueMs + lateMs) this.#keep({ kind: "standstill", fromMs: dueMs, toMs: nowMs });
    this.#tickedMs = nowMs;
    for (const arrival of this.#gathered.values()) this.#keep(arrival);
    this.#gathered.clear();
  }

  #isMine(folder: string): boolean {
    return folder.startsWith(this.#folder + sep);
  }
}

/** Throws with what was not allowed, in words. */
export function assertAllowed(traffic: Traffic): void {
  const faults = faultsIn(traffic);
  if (faults.length === 0) return;
  const shown = faults.slice(0, mostShown).map((fault) => `\n  ${faultWords(fault)}`);
  const more = faults.length > mostShown ? `\n  and ${faults.length - mostShown} more` : "";
  throw new Error(`the recorder saw what no address allows:${shown.join("")}${more}`);
}

/** What the journal in a site's folder says of its senders. */
export async function sendingsOf(root: string): Promise<SendingStart[]> {
  const file = join(root, "journal.jsonl");
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, "utf8")).split("\n").slice(0, -1); // what is torn by a kill has no end of line
  const taken = new Map<string, number>();
  return lines.flatMap((line) => {
    if (!line.includes('_SENDER"') || !/"(claimed|sending)"/.test(line)) return [];
    const { action, component, request, site, realMs, file } = journalEvent.parse(JSON.parse(line));
    const sender = senderType.options.find((type) => senderComponent[type] === component);
    if (!sender) return [];
    if (action === "claimed" && file) taken.set(parse(file).name, realMs);
    if (action !== "sending" || !request) return [];
    return [{ from: site, request, sender, realMs, takenMs: taken.get(request) ?? realMs }];
  });
}
