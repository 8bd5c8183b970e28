/**
 * One trial: while a package is carried through the hierarchy, a site ends at one operation and is started again at once;
 * or its disk fails from that operation on, for a while, and the site must go on by itself.
 */
import type { SiteProcess } from "../../support/site-processes.ts";
import { faultMode, type NamedOperation, type Target } from "../shim/orders.ts";
import { carryDelta } from "./delta.ts";
import { failWhileItLasts } from "./failing-disk.ts";
import { ask, type MatrixHierarchy } from "./hierarchy.ts";

export type Trial = Target & { readonly site: string };

/** `passed by`: the run came to its end without that operation. */
export type Outcome =
  /** `said`: of a disk that fails, whether the site did say so. */
  | { readonly kind: "met"; readonly said?: boolean }
  | { readonly kind: "passed by" }
  | { readonly kind: "failed"; readonly why: string };

let count = 0;

export async function tryOne(
  hierarchy: MatrixHierarchy,
  { site: code, ...target }: Trial,
  signal: AbortSignal,
): Promise<Outcome> {
  const site = hierarchy.site(code);
  try {
    return faultMode.safeParse(target.mode).success
      ? await tryFailingDisk(hierarchy, site, target, signal)
      : await tryCrash(hierarchy, site, target, signal);
  } catch (error) {
    return { kind: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}

async function tryCrash(
  hierarchy: MatrixHierarchy,
  site: SiteProcess,
  target: Target,
  signal: AbortSignal,
): Promise<Outcome> {
  await ask(site, { do: "count", target }, "counting");
  let isOver = false;
  let restarted: Promise<boolean> | undefined;
  void site.gone().then(() => {
    if (!isOver) restarted = site.start();
  });
  await carryDelta(hierarchy, `Delta ${++count}`, signal, { takenBack: target.mode === "missing" });
  isOver = true;
  if (restarted) await restarted;
  else await ask(site, { do: "count" }, "counting"); // it is not to end later
  return { kind: restarted ? "met" : "passed by" };
}

async function tryFailingDisk(
  hierarchy: MatrixHierarchy,
  site: SiteProcess,
  target: Target,
  signal: AbortSignal,
): Promise<Outcome> {
  const over = new AbortController();
  const fault = failWhileItLasts(site, target, AbortSignal.any([signal, over.signal]));
  await fault.armed;
  await carryDelta(hierarchy, `Delta ${++count}`, signal);
  over.abort();
  const said = await fault.said;
  return said === undefined ? { kind: "passed by" } : { kind: "met", said };
}

/** The operations of each site while nothing goes wrong, of so many runs together. */
export async function operationsOf(
  hierarchy: MatrixHierarchy,
  runs: number,
  signal: AbortSignal,
): Promise<Map<string, NamedOperation[]>> {
  const { all } = hierarchy.processes;
  const found = new Map(all.map(({ code }) => [code as string, new Map<string, NamedOperation>()]));
  const each = (work: (site: SiteProcess) => Promise<void>) => Promise.all(all.map(work));
  for (let run = 0; run < runs; run++) {
    await each(async (site) => void (await ask(site, { do: "count" }, "counting")));
    await carryDelta(hierarchy, `Delta ${++count}`, signal);
    await each(async (site) => {
      const told = await ask(site, { do: "tell" }, "operations");
      const known = found.get(site.code);
      for (const operation of told.all) {
        const before = known?.get(operation.name);
        const isNext = operation.isNext && (before?.isNext ?? true); // where that is so in every run
        known?.set(operation.name, { ...operation, isNext });
      }
    });
  }
  return new Map([...found].map(([code, operations]) => [code, [...operations.values()]]));
}
