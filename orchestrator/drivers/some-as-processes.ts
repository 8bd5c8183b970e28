/**
 * Some sites as processes of their own, the others as another driver runs them: for a hierarchy in this process of
 * which a scenario ends or pauses a few sites.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Driver } from "./driver.ts";

export function someAsProcesses(codes: ReadonlySet<SiteCode>, processes: Driver, others: Driver): Driver {
  return {
    ...others,
    async open(topology, settings) {
      await using owned = new AsyncDisposableStack();
      const ofOthers = owned.use(await others.open(topology, settings));
      const ofProcesses = owned.use(await processes.open(topology, settings));
      const all = owned.move();
      return {
        startSite: (plan, lastUrl) =>
          (codes.has(plan.code) ? ofProcesses : ofOthers).startSite(plan, lastUrl),
        [Symbol.asyncDispose]: () => all.disposeAsync(),
      };
    },
  };
}
