/**
 * The window of an address, watched while something is sent through it: the signal aborts when it closes for the
 * priority, because its hour has come or an administrator changed it. "Closed means closed" (domain.md section 2).
 */
import type { Address } from "../../domain/address.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Priority } from "../../domain/priority.ts";
import { isOpen, openUntil } from "../../domain/schedule.ts";
import type { TimeZone } from "../../domain/time-zone.ts";

type Deps = {
  readonly clock: Clock;
  readonly zone: TimeZone;
  readonly priority: Priority;
  /** The address as it is now; undefined when it is no more. */
  address(): Address | undefined;
  /** Calls back whenever an address may have changed, until the signal aborts. */
  onChange(listener: () => void, signal: AbortSignal): void;
};

export class OpenWindow implements Disposable {
  readonly #closed = new AbortController();
  readonly #over = new AbortController();

  constructor(deps: Deps) {
    void this.#watch(deps);
  }

  /** Aborts when the window closes. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  async #watch({ clock, zone, priority, address, onChange }: Deps): Promise<void> {
    const over = this.#over.signal;
    let changed = new AbortController();
    onChange(() => changed.abort(), over);
    while (!over.aborted) {
      changed = new AbortController();
      const now = address();
      if (!now || !isOpen(now.schedule, zone, priority, clock.now())) return this.#closed.abort();
      const untilMs = openUntil(now.schedule, zone, priority, clock.now());
      await clock.sleep(untilMs - clock.now(), AbortSignal.any([over, changed.signal]));
    }
  }
}
