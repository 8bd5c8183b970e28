/**
 * The transfers of content of a load test in real time, each from its send request to its end, from the events of the
 * sending sites. Pure.
 */
import type { JournalEvent } from "../../domain/journal.ts";

export type Transfer = {
  readonly request: string;
  readonly from: string;
  to: string | undefined;
  /** In real milliseconds: its request was made, its first byte left, the target had it whole. */
  readonly queuedMs: number;
  startedMs: number | undefined;
  endedMs: number | undefined;
  bytes: number;
  /** Tries that failed. */
  failures: number;
};

export class TransferLog {
  readonly #transfers = new Map<string, Transfer>();
  /** Jobs that carry content; words between sites are not measured. */
  readonly #contentJobs = new Set<string>();

  /** In the order in which their requests were made. */
  get all(): Transfer[] {
    return [...this.#transfers.values()];
  }

  apply(event: JournalEvent): void {
    const { action, site, file = "", job, realMs, request } = event;
    if (action === "created" && file.endsWith(".JOB") && event.sourceVersion !== undefined) {
      this.#contentJobs.add(`${site} ${job}`);
    }
    if (!request?.endsWith(site) || !this.#contentJobs.has(`${site} ${job}`)) return;
    const one = this.#transfers.get(request);
    if (action === "created" && !one && file.endsWith(".SRQ")) {
      this.#transfers.set(request, {
        request,
        from: site,
        to: event.peer,
        queuedMs: realMs,
        startedMs: undefined,
        endedMs: undefined,
        bytes: event.bytes ?? 0,
        failures: 0,
      });
    }
    if (!one) return;
    one.to ??= event.peer;
    if (action === "sending") {
      one.startedMs ??= realMs;
      one.bytes = event.bytes ?? one.bytes;
    } else if (action === "completed") one.endedMs ??= realMs;
    else if (action === "failed") one.failures++;
  }
}
