/**
 * One site as its page shows it: its inboxes with their files, what it sends, its addresses over the week, its status
 * messages and what else it told last. Brought up to date for as long as somebody looks at it.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import { hourOfWeek, localMoment } from "../../domain/local-week.ts";
import { formatByteRate } from "../../domain/quantity.ts";
import { ratePhrase } from "../../domain/rate-limit-words.ts";
import type { StatusMessage } from "../../domain/status-messages.ts";
import { wordsOf } from "../failure.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import { zoneOf } from "../report/ways.ts";
import { stepWords } from "../story-lines.ts";
import type { Topology } from "../topology/plan.ts";
import { hourlyLimits } from "./address-grid.ts";
import type { HierarchyView } from "./hierarchy-view.ts";
import type { AddressEntry, SiteEventEntry, SitePageEntries } from "./live-entries.ts";
import { LiveState } from "./live-state.ts";

const mostEvents = 80;
const mostMessages = 200;
/** The site is asked every so many looks. */
const looksBetweenQuestions = 4;

type Deps = {
  readonly code: SiteCode;
  readonly topology: Topology;
  readonly hierarchy: RunningHierarchy;
  readonly view: HierarchyView;
  readonly life: string;
};

export class SiteView {
  readonly state: LiveState<SitePageEntries>;
  readonly #deps: Deps;
  #events: readonly JournalEvent[] = [];
  #messages: readonly StatusMessage[] = [];
  /** Whether the site has status messages that are not known here. */
  #areMessagesNew = true;
  #looks = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.state = new LiveState(`${deps.life}${deps.code}`);
  }

  /** What only those who watch are told has no place in the journal and no number. */
  told(event: JournalEvent): void {
    if (event.action === "message") this.#areMessagesNew = true;
    if (event.sequence === 0) return;
    this.#events = [...this.#events, event].slice(-mostEvents);
  }

  /** It was away: it may have been made anew meanwhile, and then counts its messages from the first again. */
  back(): void {
    this.#messages = [];
    this.#areMessagesNew = true;
  }

  async show(): Promise<void> {
    const { code, topology, hierarchy, view } = this.#deps;
    const { state } = this;
    if (this.#looks++ % looksBetweenQuestions === 0) {
      try {
        const [requests] = await Promise.all([
          hierarchy.site(code).sendRequests(),
          this.#askMessages(),
          view.facts.ask(code),
        ]);
        state.set("requests", requests);
        state.set("unreachable", null);
      } catch (error) {
        state.set("unreachable", wordsOf(error));
      }
    }
    const zone = zoneOf(topology, code);
    const nowMs = hierarchy.now();
    state.set("now", { hourOfWeek: hourOfWeek(zone, nowMs), localTime: localMoment(zone, nowMs) });
    state.set("addresses", this.#addresses());
    state.set("inboxes", view.inboxes(code)?.entries() ?? []);
    state.set("events", this.#events.map(eventEntry));
    state.set("messages", this.#messages);
    state.flush();
  }

  /** Only what is not known yet, and only where the site has told that there is some. */
  async #askMessages(): Promise<void> {
    if (!this.#areMessagesNew) return;
    this.#areMessagesNew = false; // what is raised from now on is told again
    try {
      const after = this.#messages.at(-1)?.sequence ?? 0;
      const more = await this.#deps.hierarchy
        .site(this.#deps.code)
        .statusMessages({ after, limit: mostMessages });
      this.#messages = [...this.#messages, ...more].slice(-mostMessages);
    } catch (error) {
      this.#areMessagesNew = true;
      throw error;
    }
  }

  #addresses(): AddressEntry[] {
    const { code, topology, view } = this.#deps;
    const parent = topology.sites.find((site) => site.code === code)?.parent;
    return topology.addresses
      .filter(({ from }) => from === code)
      .flatMap(({ to }) =>
        view.facts.addresses(code, to).map(({ sender, schedule, rateLimit, line }, index) => ({
          to,
          relation: to === parent ? "parent" : "child",
          number: index + 1,
          sender,
          line: line && formatByteRate(line.bytesPerSecond),
          rate: ratePhrase(rateLimit),
          usages: schedule.map(({ usage }) => usage),
          limits: hourlyLimits(rateLimit),
        })),
      );
  }
}

function eventEntry(event: JournalEvent): SiteEventEntry {
  const { sequence, emulatedMs, component, action } = event;
  return { sequence, emulatedMs, component, action, text: stepWords(event) };
}
