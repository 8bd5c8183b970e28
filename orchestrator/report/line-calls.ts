/**
 * The calls of the lines of RAS senders: when each was connected, because every minute is paid for. From the journal.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";

export type Call = {
  readonly from: SiteCode;
  readonly to: SiteCode;
  /** The sender whose line it is, as the logs name it. */
  readonly component: string;
  readonly fromMs: number;
  /** Undefined while it is connected. */
  untilMs: number | undefined;
};

export class LineCalls {
  readonly calls: Call[] = [];
  /** Dials of each site, with those that were in vain. */
  readonly dials = new Map<SiteCode, number>();
  readonly #open = new Map<string, Call>();
  readonly #lastMs = new Map<SiteCode, number>();

  apply({ site, component, action, peer, emulatedMs }: JournalEvent): void {
    const line = `${site} ${component}`;
    if (action === "dialling") this.dials.set(site, (this.dials.get(site) ?? 0) + 1);
    if (action === "connected" && peer) {
      this.#end(line, emulatedMs);
      const call: Call = { from: site, to: peer, component, fromMs: emulatedMs, untilMs: undefined };
      this.calls.push(call);
      this.#open.set(line, call);
    }
    if (action === "hung up") this.#end(line, emulatedMs);
    if (action === "started") {
      // A site that was killed said nothing more: its lines were down by then.
      for (const [other, call] of this.#open)
        if (call.from === site) this.#end(other, this.#lastMs.get(site) ?? emulatedMs);
    }
    this.#lastMs.set(site, emulatedMs);
  }

  #end(line: string, untilMs: number): void {
    const call = this.#open.get(line);
    if (call) call.untilMs = untilMs;
    this.#open.delete(line);
  }
}

/** Milliseconds connected until `nowMs`. */
export function connectedMs(calls: readonly Call[], nowMs: number): number {
  return calls.reduce((sum, { fromMs, untilMs }) => sum + Math.max(0, (untilMs ?? nowMs) - fromMs), 0);
}
