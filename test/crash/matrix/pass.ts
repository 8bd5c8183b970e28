/**
 * One pass: a package is carried through the hierarchy, and meanwhile every site meets its targets, one after the other.
 */
import type { NamedOperation } from "../shim/orders.ts";
import { Crashes } from "./crashes.ts";
import { carryDelta } from "./delta.ts";
import { FailingDisks } from "./failing-disks.ts";
import { ask, type MatrixHierarchy } from "./hierarchy.ts";
import { kindOfTrial, type Trial } from "./trial.ts";

type Met = Trial & { readonly said?: boolean };

/** What of it was met, or why the pass failed. */
export type PassOutcome = { readonly met: readonly Met[] } | { readonly why: string };

let count = 0;

/** The trials are of one kind, and no operation of a site is in two of them. */
export async function tryPass(
  hierarchy: MatrixHierarchy,
  trials: readonly Trial[],
  signal: AbortSignal,
): Promise<PassOutcome> {
  const [kind] = trials.map(kindOfTrial);
  using trouble = kind === "faults" ? new FailingDisks(hierarchy, signal) : new Crashes(hierarchy, signal);
  try {
    await trouble.arm(trials);
    await carryDelta(hierarchy, `Delta ${++count}`, trouble, signal, { takenBack: kind === "missing" });
    return { met: await trouble.over() };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** The operations of each site while nothing goes wrong, of so many passes together. */
export async function operationsOf(
  hierarchy: MatrixHierarchy,
  passes: number,
  signal: AbortSignal,
): Promise<Map<string, NamedOperation[]>> {
  const { all } = hierarchy.processes;
  const found = new Map(all.map(({ code }) => [code as string, new Map<string, NamedOperation>()]));
  for (let pass = 0; pass < passes; pass++) {
    using nothing = new Crashes(hierarchy, signal);
    await nothing.arm([]);
    await carryDelta(hierarchy, `Delta ${++count}`, nothing, signal);
    for (const site of all) {
      const told = await ask(site, { do: "tell" }, "operations");
      const known = found.get(site.code);
      for (const operation of told.all) {
        const before = known?.get(operation.name);
        const isNext = operation.isNext && (before?.isNext ?? true); // where that is so in every pass
        known?.set(operation.name, { ...operation, isNext });
      }
    }
  }
  return new Map([...found].map(([code, operations]) => [code, [...operations.values()]]));
}
