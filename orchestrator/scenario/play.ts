/**
 * The scenario of a topology beside a run of it: its player, put together, and what is told of it as it plays.
 */

import type { SiteCode } from "../../domain/identifiers.ts";
import { formatByteRate } from "../../domain/quantity.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import type { Board } from "../progress/board.ts";
import type { Delivery } from "../progress/expectations.ts";
import type { Report } from "../progress/report.ts";
import type { Happening } from "../report/happenings.ts";
import { durationWords } from "../topology/duration.ts";
import type { Topology } from "../topology/plan.ts";
import type { Action, Entry } from "../topology/scenario-plan.ts";
import type { WallClock } from "../wall-clock.ts";
import { actionWords, cueWords } from "./action-words.ts";
import { chaosDays } from "./chaos.ts";
import { PackageSteps } from "./package-steps.ts";
import { type Ears, type Played, Player } from "./player.ts";
import { Stage } from "./stage.ts";

export type PlayOptions = {
  readonly topology: Topology;
  readonly hierarchy: RunningHierarchy;
  readonly board: Board;
  /** Of the packages that are there; the scenario adds to them, changes and removes them. */
  readonly deliveries: Delivery[];
  /** Told what is made to happen, for reports. */
  readonly onHappening: (happening: Happening) => void;
  readonly wallClock: WallClock;
  readonly report: Report;
  /** What was changed stays so at the end. Default: it is put right. */
  readonly keepsChanges?: boolean;
};

/** Plays from now on, until it is disposed of. */
export function playScenario(options: PlayOptions): Player {
  const { topology, hierarchy, report, deliveries } = options;
  const { entries } = topology.scenario;
  const { startMs } = topology.clock;
  const onAdded = (delivery: Delivery) => report.fact({ type: "package", isNew: true, ...delivery });
  const packages = new PackageSteps({ hierarchy, plans: topology.packages, deliveries, onAdded });
  const onState = (site: SiteCode, state: "down" | "up") => player.told(site, state);
  const stage = new Stage({ ...options, packages, onState });
  const ears = earsOf(options);
  const chaos = chaosOf(topology);
  const player = new Player({ ...options, entries, chaos, startMs, stage, seen: options, ears });
  player.start();
  return player;
}

/** Undefined where the topology leaves nothing to chance. */
function chaosOf({ scenario, sites, addresses, seed, clock }: Topology) {
  const { chaos: plan, entries } = scenario;
  if (!plan) return undefined;
  const meant = sites.filter(({ code }) => plan.sites?.includes(code) ?? true);
  return chaosDays({
    plan,
    seed,
    startMs: clock.startMs,
    sites: meant.map(({ code }) => code),
    links: meant.flatMap(({ code, parent }) => (parent === null ? [] : [[parent, code] as const])),
    dialling: meant.flatMap(({ code }) =>
      addresses.some((way) => way.from === code && way.addresses.some(({ line }) => line !== null))
        ? [code]
        : [],
    ),
    steps: entries,
  });
}

/** In words and for programs, each as it begins. */
function earsOf({ report, topology, onHappening }: PlayOptions): Ears {
  const { clock, seed } = topology;
  const since = (ms: number) => `+${durationWords(ms - clock.startMs)}`;
  const words = ({ action, forMs }: { action: Action; forMs: number | undefined }) =>
    `${actionWords(action, formatByteRate)}${forMs === undefined ? "" : ` for ${durationWords(forMs)}`}`;
  const told = ({ source, action, emulatedMs, dueMs, forMs, isEnd }: Played) => ({
    source,
    action,
    emulatedMs,
    dueMs,
    forMs: forMs ?? null,
    isEnd,
    text: words({ action, forMs }),
  });
  const line = ({ emulatedMs }: Played, text: string) => report.say(`${since(emulatedMs).padEnd(8)} ${text}`);
  return {
    drawn(faults) {
      const facts = faults.map((entry: Entry) => ({
        sinceStartMs: "atMs" in entry.cue ? entry.cue.atMs - clock.startMs : null,
        forMs: entry.forMs ?? null,
        action: entry.action,
        text: words(entry),
      }));
      report.fact({ type: "chaos", seed, faults: facts });
      if (faults.length === 0) return;
      const lines = faults.map((entry) => `  ${cueWords(entry.cue, since).padEnd(8)} ${words(entry)}`);
      report.say([`The seed "${seed}" draws:`, ...lines].join("\n"));
    },
    played(played) {
      line(played, `> ${words(played)}`);
      report.fact({ type: "scenario", ...told(played) });
      const { action, source, emulatedMs } = played;
      const cut = action.do === "cut" ? action.links : [];
      const restored = action.do === "uncut" || action.do === "restore" ? action.links : [];
      onHappening({ emulatedMs, source, text: words(played), cut, restored });
    },
    said(played, text) {
      line(played, `  ${words(played)}: ${text}`);
      report.fact({ type: "scenario note", ...told(played), note: text });
    },
    failed(played, text) {
      report.answer(`! ${played.source}: could not ${words(played)}: ${text}`);
      report.fact({ type: "scenario failed", ...told(played), why: text });
    },
  };
}
