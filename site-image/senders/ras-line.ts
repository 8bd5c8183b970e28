/**
 * The one line of a RAS sender: it dials a site, stays connected while there is work for it, and hangs up when nothing
 * has come for a while, or when another site is wanted. Busy, no answer and drops are drawn from the request's name,
 * so the same run meets them again. The minutes connected are summed, because they are paid for.
 */
import type { RasLine as LineSettings } from "../../domain/address.ts";
import { drawn } from "../../domain/draw.ts";
import type { RequestId, SiteCode } from "../../domain/identifiers.ts";
import type { Place } from "../inboxes/inbox.ts";
import { SendError } from "./send-error.ts";

type Call = { readonly site: SiteCode; readonly sinceMs: number; readonly line: LineSettings };

const minuteMs = 60_000;

export class RasLine implements Disposable {
  readonly #place: Place;
  #call: Call | undefined;
  /** Aborts what is sent over the line when it drops. */
  #dropped = new AbortController();
  #connectedMs = 0;
  #dials = 0;
  /** Aborts when the line comes into use: then it does not hang up for being idle. */
  #idle = new AbortController();
  /** Aborts when nothing is sent any more: then nothing can drop. */
  #use = new AbortController();

  constructor(place: Place) {
    this.#place = place;
  }

  /**
   * Resolves once the line is connected to the site: at once where it still is. Rejects with a SendError when the
   * line is busy or nobody answers, with the signal's reason when it aborts. Returns a signal that aborts when the
   * line drops. `say` is told what the line does, in words. One caller at a time; `rest` comes after each.
   */
  async connect(
    site: SiteCode,
    line: LineSettings,
    request: RequestId,
    say: (words: string) => Promise<void>,
    signal: AbortSignal,
  ): Promise<AbortSignal> {
    const { clock } = this.#place;
    const reporter = this.#place.reporter.about(request);
    this.#idle.abort();
    this.#use = new AbortController();
    if (this.#call?.site !== site) {
      this.#hangUp("another site is wanted");
      const subject = { request, peer: site };
      reporter.event({ action: "dialling", ...subject });
      reporter.info(`Dialling site ${site}`);
      await say(`dialling site ${site}`);
      await clock.sleep(line.dialMs, signal);
      signal.throwIfAborted();
      const luck = drawn(`${this.#place.site} dials ${request} ${this.#dials++}`);
      if (luck < line.busy) throw new SendError(`the line to site ${site} is busy`, { retryable: true });
      if (luck < line.busy + line.noAnswer)
        throw new SendError(`site ${site} does not answer`, { retryable: true });
      this.#call = { site, sinceMs: clock.now(), line };
      reporter.event({ action: "connected", ...subject, text: `at ${line.bytesPerSecond} bytes/sec` });
      reporter.info(`RAS connection to site ${site} is up, ${line.bytesPerSecond} bytes/sec`);
    }
    await say(`connected to site ${site}`);
    return this.#untilDrop(line, request, signal);
  }

  /** Nothing is sent any more: the line stays up for its idle time, in case there is more for the site. */
  rest(): void {
    this.#use.abort();
    this.#idle = new AbortController();
    const { signal } = this.#idle;
    const idleMs = this.#call?.line.idleMs ?? 0;
    void this.#place.clock.sleep(idleMs, signal).then(() => {
      if (!signal.aborted) this.#hangUp("idle");
    });
  }

  /** Somebody pulls the plug. Returns the site it was connected to, if it was. */
  drop(): SiteCode | undefined {
    const site = this.#call?.site;
    if (site !== undefined) this.#drop();
    return site;
  }

  [Symbol.dispose](): void {
    this.#use.abort();
    this.#idle.abort();
    this.#hangUp("the site stops");
  }

  /** Draws once for each minute that the line is used. */
  #untilDrop(line: LineSettings, request: RequestId, signal: AbortSignal): AbortSignal {
    const dropped = new AbortController();
    this.#dropped = dropped;
    if (line.dropPerMinute === 0) return dropped.signal;
    const over = AbortSignal.any([signal, this.#use.signal]);
    const watch = async () => {
      for (let minute = 0; !over.aborted; minute++) {
        await this.#place.clock.sleep(minuteMs, over);
        if (over.aborted || drawn(`${request} drops ${this.#dials} ${minute}`) >= line.dropPerMinute)
          continue;
        return this.#drop();
      }
    };
    void watch();
    return dropped.signal;
  }

  #drop(): void {
    this.#dropped.abort(new SendError("the line dropped", { retryable: true }));
    this.#hangUp("the line dropped");
  }

  #hangUp(why: string): void {
    if (!this.#call) return;
    const { clock, reporter } = this.#place;
    const { site, sinceMs } = this.#call;
    this.#call = undefined;
    const ms = clock.now() - sinceMs;
    this.#connectedMs += ms;
    const text = `${why}; connected for ${seconds(ms)} s, ${seconds(this.#connectedMs)} s since the start`;
    reporter.event({ action: "hung up", peer: site, text });
    reporter.info(`RAS connection to site ${site} is down: ${text}`);
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
