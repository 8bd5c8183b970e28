/**
 * The send requests that wait in a sender's outbox, as far as they were read: in the order in which they go, apart for
 * each site and priority, since those of one go or wait together. So what is asked at every step costs as many
 * questions as there are sites, however many requests wait.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Priority } from "../../domain/priority.ts";
import { compareRequests } from "../../domain/send-request-order.ts";
import type { SendRequest } from "../inboxes/documents.ts";

/** Those for one site at one priority. */
export type Queue = {
  readonly destination: SiteCode;
  readonly priority: Priority;
  /** In their order. */
  readonly names: string[];
};

export class WaitingRequests {
  readonly #requests = new Map<string, SendRequest>();
  readonly #queues = new Map<string, Queue>();

  get(name: string): SendRequest | undefined {
    return this.#requests.get(name);
  }

  names(): string[] {
    return [...this.#requests.keys()];
  }

  /** Those of which there are some. */
  queues(): Queue[] {
    return [...this.#queues.values()].filter(({ names }) => names.length > 0);
  }

  /** One that is there already is replaced. */
  set(name: string, request: SendRequest): void {
    this.delete(name);
    this.#requests.set(name, request);
    const { destination, priority } = request;
    const key = keyOf(request);
    const queue = this.#queues.get(key) ?? { destination, priority, names: [] };
    this.#queues.set(key, queue);
    queue.names.splice(placeIn(queue.names, name), 0, name);
  }

  delete(name: string): void {
    const request = this.#requests.get(name);
    const names = request && this.#queues.get(keyOf(request))?.names;
    if (!names) return;
    this.#requests.delete(name);
    names.splice(placeIn(names, name), 1);
  }

  /** The first of those whose queue `isFree`. */
  next(isFree: (queue: Queue) => boolean): string | undefined {
    const firsts = this.queues().flatMap((queue) => (isFree(queue) ? queue.names.slice(0, 1) : []));
    return firsts.sort(compareRequests)[0];
  }

  /** The first so many, in their order. */
  first(count: number): SendRequest[] {
    const names = this.queues().flatMap((queue) => queue.names.slice(0, count));
    return names
      .sort(compareRequests)
      .slice(0, count)
      .flatMap((name) => this.#requests.get(name) ?? []);
  }
}

function keyOf({ destination, priority }: SendRequest): string {
  return `${destination} ${priority}`;
}

/** Where a name is among those in order, or belongs. */
function placeIn(names: readonly string[], name: string): number {
  let [from, to] = [0, names.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (compareRequests(names[middle] ?? "", name) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
