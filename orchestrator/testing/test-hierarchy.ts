/**
 * A hierarchy inside a test: its sites and links, its clock, its packages, and waiting for what happens in it.
 * `await using` ends it. Nothing here waits for a time.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import { Failure } from "../failure.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import type { Recording } from "../report/recording.ts";
import { SiteSwitches } from "../scenario/site-switches.ts";
import type { Circuits } from "../topology/circuits.ts";
import type { Topology } from "../topology/plan.ts";
import type { WallClock } from "../wall-clock.ts";
import type { Watch } from "../watch.ts";
import { type Arrived, arrivalsOf, type Where } from "./arrivals.ts";
import { LinkFaults } from "./link-faults.ts";
import { reasonLines, type Waiting, waitingOf } from "./reasons.ts";
import { TestLink } from "./test-link.ts";
import type { NewPackage, TestPackage, TestPackages } from "./test-packages.ts";
import { TestSite } from "./test-site.ts";
import { Deciding, type Verdict, verdictsNow } from "./verdicts.ts";
import { type WaitOptions, Waits } from "./waits.ts";

export type ArrivedOptions = WaitOptions & {
  /** This version of the package or a newer one. Default: the newest that this test has asked for. */
  readonly version?: number;
};

type Parts = {
  readonly hierarchy: RunningHierarchy;
  readonly topology: Topology;
  readonly packages: TestPackages;
  /** Lines by their names, those of the topology. */
  readonly circuits: Circuits;
  readonly recording: Recording;
  /** What has happened, without what is only shown. Grows. */
  readonly events: readonly JournalEvent[];
  readonly watch: Watch;
  readonly wallClock: WallClock;
  readonly patienceMs: number;
  readonly owned: AsyncDisposableStack;
  readonly signal: AbortSignal;
};

export class TestHierarchy implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  readonly #switches: SiteSwitches;
  readonly #links: LinkFaults;
  readonly #waits: Waits;
  readonly #timeZone: string;

  constructor(parts: Parts) {
    const { hierarchy, topology, signal } = parts;
    this.#parts = parts;
    this.#timeZone = topology.sites.find(({ parent }) => parent === null)?.timeZone ?? "Etc/UTC";
    this.#switches = new SiteSwitches(hierarchy, () => {});
    const isDown = (site: SiteCode) => this.#switches.isDown(site);
    this.#links = new LinkFaults({ hierarchy, topology, isDown, isOver: this.#isOver });
    const ending = AbortSignal.any([signal, this.#stop.signal]);
    this.#waits = new Waits({ ...parts, timeZone: this.#timeZone, signal: ending });
  }

  /** Codes, parents before their children. */
  get sites(): readonly string[] {
    return this.#parts.topology.sites.map(({ code }) => code);
  }

  /** The moment on the emulated calendar. */
  get now(): Date {
    return new Date(this.#parts.hierarchy.now());
  }

  /** What has happened at all sites so far, as their journals tell it. */
  get events(): readonly JournalEvent[] {
    return this.#parts.events;
  }

  site(code: string): TestSite {
    const client = this.#parts.hierarchy.site(this.#code(code));
    return new TestSite({ client, switches: this.#switches, links: this.#links, isOver: this.#isOver });
  }

  /** The link between a site and its parent, in either order. */
  link(one: string, other: string): TestLink {
    const pair = [this.#code(one), this.#code(other)] as const;
    const { addresses } = this.#parts.topology;
    if (!addresses.some(({ from, to }) => from === pair[0] && to === pair[1])) {
      const known = addresses
        .filter((_, index) => index % 2 === 0)
        .map(({ from, to }) => `${from} and ${to}`);
      throw new Failure(
        "usage",
        `expected a site and its parent, found ${pair.join(" and ")} (known: ${known.join(", ") || "none"})`,
      );
    }
    return new TestLink(pair, this.#links, this.#parts.circuits);
  }

  /**
   * Advances the clock of every site to a moment: `Sat 06:00` or `2003-11-08 06:00` on the clock of the central site, or
   * `+5h30m` from now. A site that is down hears of it when it is up again. Time never goes back.
   */
  async advance(to: string): Promise<void> {
    await this.#parts.hierarchy.setTime({ emulatedMs: this.#waits.moment(to) });
  }

  /** Resolves once its site's SMS Provider has it; `arrived` waits for the rest. */
  async addPackage(given: NewPackage): Promise<TestPackage> {
    return await this.#parts.packages.add(given);
  }

  /** A new version is made from the source folder; `arrived` then waits for that one. */
  async refreshPackage(name: string): Promise<TestPackage> {
    return await this.#parts.packages.refresh(name);
  }

  /** The same version is installed once more on each distribution point; `arrived` then waits for that. */
  async redistributePackage(name: string): Promise<TestPackage> {
    return await this.#parts.packages.redistribute(name);
  }

  /** Resolves once the Provider has taken it; `gone` waits until no distribution point has it. */
  async removePackage(name: string): Promise<void> {
    await this.#parts.packages.remove(name);
  }

  /**
   * Resolves with the arrivals once the package is on each distribution point that is meant. Rejects with a WaitFailure
   * that says what it waits for where it does not come in time, or where a site has given a copy up.
   */
  async arrived(
    name: string,
    where: Where = "all",
    options: ArrivedOptions = {},
  ): Promise<readonly Arrived[]> {
    const { packages, recording, hierarchy } = this.#parts;
    const delivery = packages.delivery(name);
    const version = options.version ?? delivery.sourceVersion;
    const why = () => this.#why([delivery.id]);
    const sinceMs = packages.redistributedMs(delivery.id);
    const wanted = { delivery, version, sinceMs, where, board: recording.board, hierarchy, why };
    return await this.#waits.until(arrivalsOf(wanted), options);
  }

  /** Resolves once the package, which was removed, is on no distribution point. */
  async gone(name: string, options: WaitOptions = {}): Promise<void> {
    const { packages, recording } = this.#parts;
    const id = packages.idOf(name);
    const left = () => [...recording.board.arrivals.values()].filter(({ packageId }) => packageId === id);
    await this.#waits.until(
      {
        what: `"${name}" on no distribution point`,
        look: () => (left().length === 0 ? true : undefined),
        why: async () => [
          `still on ${left()
            .map(({ site, server }) => `${server} (${site})`)
            .join(", ")}`,
          ...(await this.#why([id])),
        ],
      },
      options,
    );
  }

  /** Resolves once bytes of the package's content are on their way from one site to the other. */
  async sending(name: string, from: string, to: string, options: WaitOptions = {}): Promise<void> {
    const { id, name: own } = this.#parts.packages.delivery(name);
    const [source, target] = [this.#code(from), this.#code(to)];
    await this.#waits.until(
      {
        what: `"${own}" on its way from ${source} to ${target}`,
        look: () =>
          this.#parts.recording.board
            .sending()
            .find(
              (one) => one.isContent && one.packages.includes(id) && one.from === source && one.to === target,
            ),
        why: () => this.#why([id]),
      },
      options,
    );
  }

  /** Resolves with the first event that is meant, also one that has happened already. `what` names it for messages. */
  async happened(
    what: string,
    isMeant: (event: JournalEvent) => boolean,
    options: WaitOptions = {},
  ): Promise<JournalEvent> {
    const { events } = this.#parts;
    let seen = 0;
    return await this.#waits.until(
      {
        what,
        look: (untilMs) => {
          for (; seen < events.length; seen++) {
            const event = events[seen];
            if (event && event.emulatedMs <= untilMs && isMeant(event)) return event;
          }
          return undefined;
        },
        why: () => this.#whyAll(),
      },
      options,
    );
  }

  /** What each step of the package waits for now. Empty once every step that began has ended. */
  waitsFor(name: string): readonly Waiting[] {
    return waitingOf(this.#parts.events, this.#parts.packages.idOf(name));
  }

  /** What the topology expects, as it stands now. */
  verdicts(): readonly Verdict[] {
    return verdictsNow({ ...this.#parts, deliveries: this.#parts.packages.deliveries });
  }

  /**
   * Resolves with what the topology expects once all of it is decided, held or failed, as `spoolnet run --exit` decides;
   * where it expects nothing, that is that every package arrives.
   */
  async decided(options: WaitOptions = {}): Promise<readonly Verdict[]> {
    await using deciding = new Deciding({ ...this.#parts, deliveries: this.#parts.packages.deliveries });
    return await this.#waits.until(
      {
        what: `a verdict on ${deciding.openWords()}`,
        look: () => deciding.verdicts(),
        why: () => this.#whyAll(),
      },
      options,
    );
  }

  /** Ends waits, sites and what they shared; nothing is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the hierarchy has ended"));
    await this.#parts.owned.disposeAsync();
  }

  readonly #isOver = (): boolean => this.#stop.signal.aborted || this.#parts.signal.aborted;

  async #whyAll(): Promise<string[]> {
    return await this.#why(this.#parts.packages.deliveries.map(({ id }) => id));
  }

  async #why(ids: readonly TestPackage["id"][]): Promise<string[]> {
    const { events, hierarchy } = this.#parts;
    return await reasonLines({
      ...{ ids, events, timeZone: this.#timeZone },
      sites: hierarchy.sites.values(),
      isDown: (site) => this.#switches.isDown(site),
      faults: this.#links.words(),
    });
  }

  #code(text: string): SiteCode {
    const found = this.#parts.topology.sites.find(({ code }) => code === text.toUpperCase());
    if (found) return found.code;
    throw new Failure(
      "usage",
      `expected the code of a site, found "${text}" (known: ${this.sites.join(", ")})`,
    );
  }
}
