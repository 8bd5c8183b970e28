/**
 * The console of a hierarchy that runs in this process or is attached by it: a page on loopback that shows everything as
 * it happens, and acts. Owned by who started it; disposing of it closes every connection.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import type { Scene } from "../expectations/expectation.ts";
import { Failure, systemCodeOf } from "../failure.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import { orchestratorMetrics } from "../orchestrator-metrics.ts";
import type { Judged } from "../progress/course.ts";
import type { Delivery } from "../progress/expectations.ts";
import type { Recording } from "../report/recording.ts";
import { reportText } from "../report/report-files.ts";
import type { Player } from "../scenario/player.ts";
import { siteStatus } from "../site-status.ts";
import type { Topology } from "../topology/plan.ts";
import type { WallClock } from "../wall-clock.ts";
import { doByHand } from "./by-hand.ts";
import { consoleApp } from "./console-app.ts";
import { HierarchyView } from "./hierarchy-view.ts";
import type { HierarchyEntries, SitePageEntries } from "./live-entries.ts";
import { LiveState } from "./live-state.ts";
import { pageReady } from "./page-files.ts";
import { Session } from "./session.ts";
import { SiteView } from "./site-view.ts";

/** What is asked of where the console is to be. */
export type ConsoleWish = {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** The base URL as the user sees it, where that is another: in a container. */
  readonly url: string | undefined;
};

export type ConsoleOptions = ConsoleWish & {
  readonly topology: Topology;
  readonly driver: string;
  readonly hierarchy: RunningHierarchy;
  readonly recording: Recording;
  readonly player: Player;
  readonly deliveries: Delivery[];
  readonly areFoldersShared: boolean;
  /** What a report is made of now. */
  readonly scene: () => { readonly scene: Scene; readonly judged: readonly Judged[] };
  readonly wallClock: WallClock;
  readonly say: (words: string) => void;
};

/** How often what has changed is told, in milliseconds of real time. */
const showEveryMs = 250;
/** Sites and Providers are asked every so many times. */
const showsBetweenQuestions = 4;

export class Console implements AsyncDisposable {
  /** With the token: whoever has it may use the console. */
  readonly address: string;
  readonly url: string;
  readonly token: string;
  readonly #parts: Parts;

  constructor(parts: Parts & { readonly url: string; readonly token: string }) {
    this.url = parts.url;
    this.token = parts.token;
    this.address = `${parts.url}/#token=${parts.token}`;
    this.#parts = parts;
  }

  /** The recording has been told before. */
  told(event: JournalEvent): void {
    this.#parts.view.told(event);
    if (event.action !== "progress") this.#parts.sites.get(event.site)?.told(event);
  }

  reached(code: SiteCode, reach: "down" | "up"): void {
    this.#parts.view.reached(code, reach);
    if (reach === "up") this.#parts.sites.get(code)?.back();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.owned.disposeAsync();
  }
}

type Parts = {
  readonly view: HierarchyView;
  readonly sites: ReadonlyMap<SiteCode, SiteView>;
  readonly owned: AsyncDisposableStack;
};

/** Resolves once it answers. The page itself may still be built then. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { topology, hierarchy, recording, player, deliveries, wallClock, say } = options;
  await using owned = new AsyncDisposableStack();
  const stop = new AbortController();
  const session = new Session();
  const life = session.token.slice(0, 6).replaceAll(/\W/g, "x");
  const state = new LiveState<HierarchyEntries>(life);
  const view = new HierarchyView({
    ...options,
    board: recording.board,
    state,
    powerOf: (code) => (hierarchy.power(code) ? player.stateOf(code) : null),
    judged: () => options.scene().judged,
  });
  const sites = new Map(
    topology.sites.map(({ code }) => [code, new SiteView({ code, topology, hierarchy, view, life })]),
  );
  const page = pageReady(say, stop.signal);
  const app = consoleApp({
    ...options,
    session,
    view,
    state,
    stateOfSite: (code) => sites.get(code)?.state ?? new LiveState<SitePageEntries>(life),
    act: async (action) => {
      const words = await doByHand(action, { hierarchy, topology, player, deliveries, facts: view.facts });
      view.news.add({ emulatedMs: hierarchy.now(), site: "", text: words, tone: "done by hand" });
      return words;
    },
    report: (extension) => reportText(extension, options.scene()),
    metrics: orchestratorMetrics(() =>
      Promise.all(topology.sites.map(({ code }) => siteStatus(hierarchy.site(code)))),
    ),
    page,
    stopping: stop.signal,
  });
  const server = createServer(app);
  server.listen(options.port, options.host);
  try {
    await once(server, "listening");
  } catch (cause) {
    const port = options.port;
    const hint = systemCodeOf(cause) === "EADDRINUSE" ? "it is in use: give another, or leave it out" : "";
    throw new Failure("environment", `--console-port ${port}: ${hint}`, { cause });
  }
  const shown = keepShown(view, state, [...sites.values()], wallClock, stop.signal);
  owned.defer(async () => {
    stop.abort();
    server.closeAllConnections();
    server.close();
    await Promise.all([page, shown]);
  });
  const { port } = server.address() as AddressInfo;
  const url = options.url ?? `http://127.0.0.1:${port}`;
  return new Console({ view, sites, url, token: session.token, owned: owned.move() });
}

/** While nobody watches, events are counted and nothing else is done. */
async function keepShown(
  view: HierarchyView,
  state: LiveState<HierarchyEntries>,
  sites: readonly SiteView[],
  wallClock: WallClock,
  signal: AbortSignal,
): Promise<void> {
  let asking: Promise<unknown> = Promise.resolve();
  let isAsking = false;
  for (let round = 0; !signal.aborted; round++) {
    if (state.isWatched) {
      if (round % showsBetweenQuestions === 0 && !isAsking) {
        isAsking = true;
        asking = Promise.all([view.packages.ask(), view.facts.askNext()]).finally(() => {
          isAsking = false;
        });
      }
      view.show();
    }
    const watched = sites.filter((site) => site.state.isWatched);
    await Promise.all(watched.map((site) => site.show()));
    await wallClock.sleep(showEveryMs, signal);
  }
  await asking.catch(() => {});
}
