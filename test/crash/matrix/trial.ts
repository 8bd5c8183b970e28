/**
 * One trial: a site ends at one operation while a package is carried through the hierarchy, and is started again at once.
 */
import type { SiteProcess } from "../../support/site-processes.ts";
import type { Target } from "../shim/orders.ts";
import { carryDelta } from "./delta.ts";
import { ask, type MatrixHierarchy } from "./hierarchy.ts";

export type Trial = Target & { readonly site: string };

/** `passed by`: the run came to its end without that operation. */
export type Outcome =
  | { readonly kind: "crashed" }
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
    return { kind: restarted ? "crashed" : "passed by" };
  } catch (error) {
    return { kind: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}

/** The names of the operations of each site while nothing goes wrong, of so many runs together. */
export async function operationsOf(
  hierarchy: MatrixHierarchy,
  runs: number,
  signal: AbortSignal,
): Promise<Map<string, string[]>> {
  const { all } = hierarchy.processes;
  const found = new Map(all.map(({ code }) => [code as string, new Set<string>()]));
  const each = (work: (site: SiteProcess) => Promise<void>) => Promise.all(all.map(work));
  for (let run = 0; run < runs; run++) {
    await each(async (site) => void (await ask(site, { do: "count" }, "counting")));
    await carryDelta(hierarchy, `Delta ${++count}`, signal);
    await each(async (site) => {
      const { names } = await ask(site, { do: "tell" }, "operations");
      for (const name of names) found.get(site.code)?.add(name);
    });
  }
  return new Map([...found].map(([code, names]) => [code, [...names]]));
}
