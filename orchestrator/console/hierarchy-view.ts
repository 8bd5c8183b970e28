/**
 * The hierarchy as the page shows it, kept in a live state: told every event, brought up to date a few times a second
 * for as long as somebody watches, however much happens in between.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import { expectationWords, measuredWords } from "../expectations/expectation.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import type { Board, Transfer } from "../progress/board.ts";
import type { Judged } from "../progress/course.ts";
import { zoneOf } from "../report/ways.ts";
import type { Topology } from "../topology/plan.ts";
import { InboxFiles } from "./inbox-files.ts";
import type { ClockEntry, HierarchyEntries, Moving, SitePowerState, WayEntry } from "./live-entries.ts";
import type { LiveState } from "./live-state.ts";
import { News } from "./news.ts";
import { PackageWatch } from "./package-watch.ts";
import { SiteFacts } from "./site-facts.ts";
import { type Way, type WayNow, wayNow } from "./way-view.ts";

export type HierarchyViewDeps = {
  readonly topology: Topology;
  readonly driver: string;
  readonly hierarchy: RunningHierarchy;
  readonly board: Board;
  readonly state: LiveState<HierarchyEntries>;
  readonly powerOf: (code: SiteCode) => SitePowerState | null;
  readonly judged: () => readonly Judged[];
};

/** Of each way, so many of its sendings are told one by one. */
const mostMoving = 6;
/** A rate is what went in about so many emulated or real seconds, whichever is longer. */
const rateParts = 8;

type Rate = { readonly emulatedMs: number; readonly bytes: number };

export class HierarchyView {
  readonly facts: SiteFacts;
  readonly packages: PackageWatch;
  readonly news = new News();
  readonly #deps: HierarchyViewDeps;
  readonly #inboxes: ReadonlyMap<SiteCode, InboxFiles>;
  readonly #down = new Set<SiteCode>();
  readonly #offsets = new Map<string, number>();
  readonly #bytes = new Map<string, number>();
  readonly #rates = new Map<string, Rate[]>();
  /** Made of what is known of the sites, and kept until something of it changes. */
  readonly #ways = new Map<string, WayNow & { readonly version: number }>();

  constructor(deps: HierarchyViewDeps) {
    const { topology, hierarchy } = deps;
    this.#deps = deps;
    this.facts = new SiteFacts(hierarchy, topology);
    this.packages = new PackageWatch(deps);
    this.#inboxes = new Map(topology.sites.map(({ code }) => [code, new InboxFiles()]));
  }

  /** The board has been told before. */
  told(event: JournalEvent): void {
    const { site, peer, request, action, offset } = event;
    if (request?.endsWith(site) && peer && offset !== undefined) {
      const before = this.#offsets.get(request);
      // A sending that begins has its bytes from before.
      const more = action === "sending" ? 0 : offset - (before ?? offset);
      if (more > 0) this.#bytes.set(wayKey(site, peer), (this.#bytes.get(wayKey(site, peer)) ?? 0) + more);
      this.#offsets.set(request, offset);
    }
    if (request && (action === "completed" || action === "withdrawn")) this.#offsets.delete(request);
    if (action === "progress") return;
    this.#inboxes.get(site)?.apply(event);
    this.packages.told(event);
    this.news.told(event, this.#deps.board);
  }

  reached(code: SiteCode, reach: "down" | "up"): void {
    if (reach === "down") this.#down.add(code);
    else this.#down.delete(code);
  }

  inboxes(code: SiteCode): InboxFiles | undefined {
    return this.#inboxes.get(code);
  }

  /** Everything is as it is now. */
  show(): void {
    const { topology, driver, hierarchy, state } = this.#deps;
    const { name, file, seed, clock, sites } = topology;
    const nowMs = hierarchy.now();
    const timeZone = sites[0]?.timeZone ?? "Etc/UTC";
    state.set("hierarchy", { name, file, driver, startMs: clock.startMs, timeZone, seed, hasReport: true });
    state.set("clock", this.#clock(nowMs));
    state.set("news", this.news.entries);
    state.set("expectations", this.#expectations());
    this.#showSites();
    this.#showWays(nowMs);
    this.packages.show();
    state.flush();
  }

  #clock(nowMs: number): ClockEntry {
    const { topology, hierarchy } = this.#deps;
    let first: ClockEntry["nextOpening"] = null;
    for (const { from, to } of topology.addresses) {
      const atMs = this.#wayNow(from, to, nowMs).openingMs;
      if (atMs !== undefined && atMs < (first?.atMs ?? Number.POSITIVE_INFINITY)) first = { atMs, from, to };
    }
    return { moments: hierarchy.clock.slice(-3), usualScale: topology.clock.scale, nextOpening: first };
  }

  #expectations() {
    return this.#deps.judged().map(({ expectation, verdict }) => ({
      text: expectationWords(expectation),
      state: verdict.state,
      numbers: measuredWords(verdict),
      why: verdict.why ?? null,
    }));
  }

  #showSites(): void {
    const { topology, board, state, powerOf } = this.#deps;
    for (const { code, name, type, parent, timeZone, distributionPoints } of topology.sites) {
      state.set(`site:${code}`, {
        code,
        name,
        type,
        parent,
        timeZone,
        servers: distributionPoints,
        reach: this.#down.has(code) ? "down" : "up",
        power: powerOf(code),
        queue: this.#inboxes.get(code)?.waiting ?? 0,
        trouble: board.troubles.get(code)?.text ?? null,
      });
    }
  }

  #showWays(nowMs: number): void {
    const { topology, board, state } = this.#deps;
    const sending = Map.groupBy(
      board.sending().filter(({ isContent }) => isContent),
      ({ from, to }) => wayKey(from, to),
    );
    for (const { from, to } of topology.addresses) {
      const key = wayKey(from, to);
      const own = sending.get(key) ?? [];
      const entry: WayEntry = {
        from,
        to,
        ...this.#wayNow(from, to, nowMs).shown,
        moving: own.slice(0, mostMoving).map(movingOf),
        sending: own.length,
        bytesPerSecond: this.#rateOf(key, nowMs),
      };
      state.set(`way:${key}`, entry);
    }
  }

  way(from: SiteCode, to: SiteCode): Way {
    const ends = [this.facts.access(from).up, this.facts.access(to).down];
    const widths = ends.flatMap(({ bytesPerSecond }) => bytesPerSecond ?? []);
    return {
      addresses: this.facts.addresses(from, to),
      zone: zoneOf(this.#deps.topology, from),
      link: this.facts.link(from, to),
      accessBytesPerSecond: widths.length > 0 ? Math.min(...widths) : undefined,
    };
  }

  #wayNow(from: SiteCode, to: SiteCode, nowMs: number): WayNow {
    const key = wayKey(from, to);
    const known = this.#ways.get(key);
    const { version } = this.facts;
    if (known?.version === version && nowMs < known.untilMs) return known;
    const made = { version, ...wayNow(this.way(from, to), nowMs) };
    this.#ways.set(key, made);
    return made;
  }

  /** To two digits, so that what hardly changes is not told again. */
  #rateOf(key: string, nowMs: number): number {
    const bytes = this.#bytes.get(key) ?? 0;
    const known = [...(this.#rates.get(key) ?? []), { emulatedMs: nowMs, bytes }].slice(-rateParts);
    this.#rates.set(key, known);
    const [first] = known;
    if (!first || nowMs <= first.emulatedMs || bytes === first.bytes) return 0;
    return Number((((bytes - first.bytes) * 1000) / (nowMs - first.emulatedMs)).toPrecision(2));
  }
}

export function wayKey(from: string, to: string): string {
  return `${from}>${to}`;
}

function movingOf({ request, packages, offset, bytes }: Transfer): Moving {
  const percent = bytes === 0 ? 100 : Math.floor((100 * offset) / bytes);
  return { request, packages: packages.join(" "), percent, bytes };
}
