/**
 * What a scenario does and when, in words for people. Pure.
 */
import { conditionWords } from "../topology/condition.ts";
import type { Action, Cue, SitePair } from "../topology/scenario-plan.ts";

const pairWords = (links: readonly SitePair[]) =>
  links.map(([one, other]) => `${one} and ${other}`).join(", ");

/** What is done, in words that end a sentence which begins with who does it. */
export function actionWords(action: Action, rateWords: (bytesPerSecond: number) => string): string {
  switch (action.do) {
    case "cut":
      return `cut the link between ${pairWords(action.links)}`;
    case "uncut":
      return `the link between ${pairWords(action.links)} is up again`;
    case "unslow":
      return `the link between ${pairWords(action.links)} is as fast as before`;
    case "restore":
      return `restore the link between ${pairWords(action.links)}`;
    case "slow": {
      const { bytesPerSecond, latencyMs } = action;
      const how = [
        ...(bytesPerSecond === undefined ? [] : [rateWords(bytesPerSecond)]),
        ...(latencyMs === undefined ? [] : [`a latency of ${latencyMs} ms`]),
      ];
      return `slow the link between ${pairWords(action.links)} to ${how.join(" and ")}`;
    }
    case "limit":
    case "schedule":
      return `another ${action.do === "limit" ? "rate" : "schedule"} from ${action.from} to ${action.to}`;
    case "unlimit":
    case "unschedule":
      return `the ${action.do === "unlimit" ? "rate" : "schedule"} from ${action.from} to ${action.to} is as before`;
    case "clock":
      return clockWords(action);
    case "corrupt":
      return `damage the next package file from ${action.from} to ${action.to}`;
    case "add":
    case "refresh":
    case "redistribute":
    case "remove":
      return `${action.do} ${action.package}`;
    case "fill":
      return `fill the share of ${action.sites.join(", ")}`;
    case "empty":
      return `the share of ${action.sites.join(", ")} has room again`;
    case "drop":
      return `drop the RAS lines of ${action.sites.join(", ")}`;
    default:
      return `${action.do} ${action.sites.join(", ")}`;
  }
}

function clockWords({ advance, scale }: Extract<Action, { do: "clock" }>): string {
  const parts = [
    ...(advance === undefined ? [] : ["advance the clock"]),
    ...(scale === undefined ? [] : [`run the clock at ${scale} emulated seconds to a real one`]),
  ];
  return parts.join(", then ");
}

export function cueWords(cue: Cue, momentWords: (ms: number) => string): string {
  if ("atMs" in cue) return momentWords(cue.atMs);
  return `when ${conditionWords(cue.when)}`;
}
