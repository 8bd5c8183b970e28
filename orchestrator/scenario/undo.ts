/**
 * How an action is over after a while. Pure.
 */
import type { Action } from "../topology/scenario-plan.ts";

/** Undefined for what is done at once and has no end. */
export function undoOf(action: Action): Action | undefined {
  switch (action.do) {
    case "cut":
      return { do: "uncut", links: action.links };
    case "slow":
      return { do: "unslow", links: action.links };
    case "kill":
    case "stop":
      return { do: "start", sites: action.sites };
    case "pause":
      return { do: "resume", sites: action.sites };
    case "fill":
      return { do: "empty", sites: action.sites };
    case "limit":
      return { do: "unlimit", from: action.from, to: action.to };
    case "schedule":
      return { do: "unschedule", from: action.from, to: action.to };
    default:
      return undefined;
  }
}
