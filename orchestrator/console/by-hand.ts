/**
 * What an administrator does to a running hierarchy from the console, by the same functions as the commands and the
 * scenarios: through the player what a scenario can do, so that it is told, recorded and put right at the end; through
 * the SMS Providers what is done to packages.
 */
import { z } from "zod";

import { packageId, requestId, siteCode, siteOfPackage } from "../../domain/identifiers.ts";
import { senderType } from "../../domain/package.ts";
import { priority } from "../../domain/priority.ts";
import { byteRate, formatByteRate, timeSpan } from "../../domain/quantity.ts";
import { parseRateLimit } from "../../domain/rate-limit-words.ts";
import { hourUsage } from "../../domain/schedule.ts";
import { requestAction } from "../../domain/send-request.ts";
import { Failure } from "../failure.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import { newPackagePlan } from "../package-administration.ts";
import type { Delivery } from "../progress/expectations.ts";
import { actionWords } from "../scenario/action-words.ts";
import type { Player } from "../scenario/player.ts";
import { momentMs, parseMoment } from "../topology/moment.ts";
import type { Topology } from "../topology/plan.ts";
import type { Action } from "../topology/scenario-plan.ts";
import { counted } from "../words.ts";
import { limitOfHours, scheduleOf } from "./address-grid.ts";
import { entriesOf, scenarioMistakes } from "./scenario-text.ts";
import type { SiteFacts } from "./site-facts.ts";

const between = z.tuple([siteCode, siteCode]);
const ofAddress = { from: siteCode, to: siteCode, sender: senderType };

/** `POST /api/actions` */
export const byHand = z.discriminatedUnion("do", [
  z.strictObject({ do: z.enum(["cut", "restore"]), between }),
  z.strictObject({ do: z.literal("slow"), between, bandwidth: byteRate, latency: timeSpan.optional() }),
  z.strictObject({ do: z.enum(["kill", "stop", "start", "pause", "resume"]), site: siteCode }),
  z.strictObject({ do: z.enum(["refresh", "redistribute", "remove"]), package: packageId }),
  z.strictObject({
    do: z.literal("add"),
    name: z.string().trim().min(1, "expected a name").max(50),
    folder: z.string().min(1, "expected a folder"),
    site: siteCode,
    on: z.string().min(1, "expected all, or distribution points and site codes with commas"),
    priority,
  }),
  z.strictObject({ do: z.literal("schedule"), ...ofAddress, usages: z.array(hourUsage).length(168) }),
  z.strictObject({ do: z.literal("limit"), ...ofAddress, hours: z.array(z.string()).length(168) }),
  z.strictObject({ do: z.literal("rate"), ...ofAddress, rate: z.string() }),
  z.strictObject({ do: z.literal("scale"), scale: z.number().min(1).max(3600) }),
  z.strictObject({ do: z.literal("advance"), to: z.union([z.string(), z.number()]) }),
  z.strictObject({ do: requestAction, site: siteCode, request: requestId }),
  z.strictObject({ do: z.literal("scenario"), steps: z.string().max(100_000) }),
]);
export type ByHand = z.infer<typeof byHand>;

type Deps = {
  readonly hierarchy: RunningHierarchy;
  readonly topology: Topology;
  readonly player: Player;
  readonly facts: SiteFacts;
  /** Of the packages that are there; what is added, changed and removed here is in a report as well. */
  readonly deliveries: Delivery[];
};

/** Resolves once it is done, with what was done in words. Rejects with a Failure where it cannot be. */
export async function doByHand(action: ByHand, deps: Deps): Promise<string> {
  const { hierarchy, topology, player, facts } = deps;
  switch (action.do) {
    case "cut":
    case "restore":
      return await onLink(deps, { do: action.do, links: [action.between] });
    case "slow": {
      const { bandwidth: bytesPerSecond, latency: latencyMs } = action;
      return await onLink(deps, { do: "slow", links: [action.between], bytesPerSecond, latencyMs });
    }
    case "kill":
    case "stop":
    case "start":
    case "pause":
    case "resume":
      hierarchy.site(action.site);
      return await played(player, { do: action.do, sites: [action.site] });
    case "refresh":
    case "redistribute":
    case "remove":
      return await changePackage(action, deps);
    case "add":
      return await addPackage(action, deps);
    case "schedule": {
      const { from, to, sender, usages } = action;
      const before = facts.addresses(from, to).find((one) => one.sender === sender);
      const schedule = scheduleOf(usages, before?.schedule ?? []);
      return await onAddress(deps, { do: "schedule", from, to, sender, schedule });
    }
    case "limit":
    case "rate": {
      const { from, to, sender } = action;
      const rateLimit = action.do === "rate" ? parseRateLimit(action.rate) : limitOfHours(action.hours);
      return await onAddress(deps, { do: "limit", from, to, sender, rateLimit });
    }
    case "scale":
      return await played(player, { do: "clock", advance: undefined, scale: action.scale });
    case "advance":
      return await played(player, {
        do: "clock",
        advance: { date: dateOf(action.to, deps) },
        scale: undefined,
      });
    case "hold":
    case "release":
    case "cancel":
      await hierarchy.site(action.site).actOnRequest(action.do, action.request);
      return `${action.do} ${action.request}`;
    case "scenario":
      try {
        const entries = await entriesOf(action.steps, topology, hierarchy.now());
        player.add(entries);
        return `${counted(entries.length, "step")} to be played from now on`;
      } catch (error) {
        if (error instanceof Failure) throw new Failure("usage", scenarioMistakes(error, topology));
        throw error;
      }
  }
}

/** Resolves with what was done, and what there is to say of it beyond that. */
async function played(player: Player, action: Action): Promise<string> {
  const words = await player.act(action);
  const done = actionWords(action, formatByteRate);
  return words === undefined ? done : `${done}: ${words}`;
}

async function onLink({ player, facts }: Deps, action: Extract<Action, { links: unknown }>): Promise<string> {
  const [pair] = action.links;
  const [one, other] = pair ?? [];
  if (!one || !other || facts.addresses(one, other).length === 0)
    throw new Failure("usage", `expected a site and its parent, found ${one} and ${other}`);
  const words = await played(player, action);
  await Promise.all([facts.ask(one), facts.ask(other)]);
  return words;
}

async function onAddress(
  { player, facts }: Deps,
  action: Extract<Action, { do: "limit" | "schedule" }>,
): Promise<string> {
  const { from, to, sender } = action;
  if (!facts.addresses(from, to).some((address) => address.sender === sender))
    throw new Failure("usage", `site ${from} has no ${sender} address to ${to}`);
  const words = await played(player, action);
  await facts.ask(from);
  return words;
}

/** On the clock of the central site, where a number is a moment of the emulated calendar. */
function dateOf(to: string | number, { hierarchy, topology }: Deps): string {
  const timeZone = topology.sites[0]?.timeZone ?? "Etc/UTC";
  const parsed = typeof to === "number" ? undefined : parseMoment(to);
  if (typeof to === "string" && !parsed)
    throw new Failure("usage", `expected a moment like +1h, Sat 06:00 or 2003-11-08 06:00, found "${to}"`);
  const nowMs = hierarchy.now();
  const ms = typeof to === "number" ? to : parsed ? momentMs(parsed, nowMs, timeZone) : nowMs;
  if (ms <= nowMs)
    throw new Failure("usage", "expected a moment that is still to come: time never goes back");
  return Temporal.Instant.fromEpochMilliseconds(Math.ceil(ms))
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime()
    .toString();
}

async function addPackage(
  { name, folder, site, on, priority: wanted }: Extract<ByHand, { do: "add" }>,
  { hierarchy, deliveries }: Deps,
): Promise<string> {
  const sites = [...hierarchy.sites.values()];
  const seen = hierarchy.sourcePath(site, folder);
  const { plan, site: at } = await newPackagePlan(sites, { name, folder: seen, site, on, priority: wanted });
  const made = await at.provider.addPackage(plan, "");
  const { PackageID: id, SourceVersion: sourceVersion } = made;
  const { distributionPoints } = plan;
  deliveries.push({ id, name: made.Name, sourceVersion, distributionPoints });
  return `${id} ${made.Name} is made at ${at.code}, for ${counted(distributionPoints.length, "distribution point")}`;
}

async function changePackage(
  {
    do: what,
    package: id,
  }: { readonly do: "refresh" | "redistribute" | "remove"; readonly package: z.infer<typeof packageId> },
  { hierarchy, deliveries }: Deps,
): Promise<string> {
  const { provider } = hierarchy.site(siteOfPackage(id));
  if (what === "refresh") await provider.refreshPackage(id);
  else if (what === "redistribute") await provider.redistributePackage(id);
  else await provider.removePackage(id);
  const at = deliveries.findIndex((delivery) => delivery.id === id);
  const delivery = deliveries[at];
  if (what === "remove") {
    if (delivery) deliveries.splice(at, 1);
    return `${id} is deleted everywhere`;
  }
  if (what === "redistribute") return `${id} is installed once more on each distribution point`;
  const sourceVersion = (await provider.packages()).find((one) => one.PackageID === id)?.SourceVersion;
  if (delivery && sourceVersion) deliveries[at] = { ...delivery, sourceVersion };
  return `${id} has version ${sourceVersion} now, and it goes everywhere`;
}
