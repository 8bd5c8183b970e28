/**
 * Deadlines that no run could keep. What is told is certain: the package cannot be at a distribution point before, on
 * each step of its way, an address has been open to its priority at an instant at which the link was not down. Nothing
 * is said of how long the bytes take: a package travels compressed, how far it shrinks is only known once it is
 * compressed, and a mistake that is none would be worse than one less. Pure, and as lenient as draft.ts.
 */

import { localWords } from "../../domain/local-week.ts";
import type { Priority } from "../../domain/priority.ts";
import { nextOpening, openSchedule } from "../../domain/schedule.ts";
import { TimeZone } from "../../domain/time-zone.ts";
import type { Draft } from "./draft.ts";
import { plainDuration } from "./duration.ts";
import { type Mistake, shown, valueAt } from "./mistakes.ts";
import { momentMs } from "./moment.ts";
import { targetServers } from "./targets.ts";
import { stepsDown } from "./ways.ts";

export function deadlineMistakes(draft: Draft): Mistake[] {
  const { startMs, expect, packages, raw } = draft;
  if (startMs === undefined) return [];
  const earliest = earliestOf(draft, startMs);
  const central = Object.values(draft.sites).find(({ parent }) => parent === null);
  return expect.flatMap(({ package: name, on, by: moment }, index): Mistake[] => {
    const say = (message: string) => [
      {
        path: ["expect", index, "by"],
        isKey: false,
        message: `${message}, found ${shown(valueAt(raw, ["expect", index, "by"]))}`,
      },
    ];
    if (moment === undefined) return [];
    const by = momentMs(moment, startMs, central?.timeZone ?? "Etc/UTC") - startMs;
    if (by <= 0) return say("expected a time after the clock's start, like +12h");
    const pkg = packages.find((candidate) => candidate.name === name);
    if (!pkg?.priority) return [];
    const { site, priority, distributionPoints } = pkg;
    const sent = new Set(targetServers(draft, distributionPoints).map(({ server }) => server));
    const targets = new Set(
      targetServers(draft, on).flatMap((target) => (sent.has(target.server) ? [target.site] : [])),
    );
    const waits = [...targets].flatMap((target) => earliest(site, target, priority) ?? []);
    const last = waits.reduce<Wait | undefined>((a, b) => (a && a.untilMs >= b.untilMs ? a : b), undefined);
    if (!last || last.untilMs <= startMs + by) return [];
    return say(`expected ${plainDuration(last.untilMs - startMs)} or later, as "${name}" ${last.words}`);
  });
}

type Wait = { readonly untilMs: number; readonly words: string };

/** How long a package waits on its way at least, and where it last does; undefined where nothing is sure. */
function earliestOf(draft: Draft, startMs: number) {
  const zones = new Map<string, TimeZone>();
  const zoneOf = (site: string) => {
    const name = draft.sites[site]?.timeZone ?? "Etc/UTC";
    const zone = zones.get(name) ?? new TimeZone(name);
    zones.set(name, zone);
    return zone;
  };
  const central = Object.entries(draft.sites).find(([, { parent }]) => parent === null)?.[0] ?? "";
  const outagesOf = Map.groupBy(draft.links, ({ from, to }) => [from, to].sort().join(" "));
  const addressesOf = Map.groupBy(draft.addresses, ({ from, to }) => `${from} ${to}`);

  /** When the link is up, from `ms` on. */
  const upAt = (from: string, to: string, ms: number) => {
    const outages = (outagesOf.get([from, to].sort().join(" ")) ?? [])
      .flatMap(({ outages }) => outages)
      .map(({ at, for: lasts }) => {
        const fromMs = momentMs(at, startMs, zoneOf(central).name);
        return { fromMs, untilMs: fromMs + lasts };
      })
      .sort((a, b) => a.fromMs - b.fromMs);
    return outages.reduce((at, { fromMs, untilMs }) => (fromMs <= at && at < untilMs ? untilMs : at), ms);
  };

  const openAt = (from: string, to: string, priority: Priority, ms: number) => {
    const given = addressesOf.get(`${from} ${to}`)?.map(({ schedule }) => schedule) ?? [
      draft.standard?.schedule,
    ];
    const openings = given.map((schedule = openSchedule) =>
      nextOpening(schedule, zoneOf(from), priority, ms),
    );
    return Math.min(...openings.map((opening) => opening ?? Number.POSITIVE_INFINITY));
  };

  return (site: string, target: string, priority: Priority): Wait | undefined => {
    let wait: Wait = { untilMs: startMs, words: "" };
    for (const [from, to] of stepsDown(draft, site, target).reverse()) {
      for (;;) {
        const at = wait.untilMs;
        const open = openAt(from, to, priority, at);
        if (open === Number.POSITIVE_INFINITY) return undefined; // told by the rules for addresses
        const up = upAt(from, to, open);
        if (up === at) break;
        const why = up > open ? "as their link is down" : `as no address is open to ${priority} priority`;
        const words = `cannot leave ${from} for ${to} before ${localWords(zoneOf(from), up)}, ${why}`;
        wait = { untilMs: up, words };
      }
    }
    return wait;
  };
}
