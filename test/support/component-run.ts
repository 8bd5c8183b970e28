/**
 * A component at work for as long as a test looks: recovered and run as a site does it, stopped at the end.
 */
import type { JournalEvent } from "../../domain/journal.ts";
import type { Component } from "../../site-image/component.ts";
import type { SitePlace } from "./site-place.ts";

export class ComponentRun implements AsyncDisposable {
  readonly #site: SitePlace;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(site: SitePlace, component: Component) {
    this.#site = site;
    this.#running = component.run(this.#stop.signal);
  }

  static async of(site: SitePlace, component: Component): Promise<ComponentRun> {
    await component.recover();
    return new ComponentRun(site, component);
  }

  /** The first event in the journal, past or to come, that `matches`. */
  async event(matches: (event: JournalEvent) => boolean): Promise<JournalEvent> {
    for await (const event of this.#site.journal.events(0, true, this.#stop.signal)) {
      if (matches(event)) return event;
    }
    throw new Error("the journal ended without the event");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
