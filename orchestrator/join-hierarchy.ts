/**
 * A hierarchy that runs already, for a command that looks at it and acts: nothing is started, told or attached anew, and
 * it goes on when this lets go of it.
 */
import type { SiteCode } from "../domain/identifiers.ts";
import type { RunningSite } from "./drivers/driver.ts";
import { Failure } from "./failure.ts";
import type { FoundHierarchy } from "./found-hierarchy.ts";
import { describedAs, RunningHierarchy } from "./hierarchy.ts";
import { SiteClient } from "./site-client.ts";
import type { Topology } from "./topology/plan.ts";
import type { WallClock } from "./wall-clock.ts";

export type JoinedSites = Pick<FoundHierarchy, "sites" | "token" | "power">;

/**
 * A site that does not answer is taken as the topology has it. Rejects with a Failure where a site is not as in the
 * topology, is not known, or where none of them answers.
 */
export async function joinHierarchy(
  topology: Topology,
  { sites: found, token = "", power }: JoinedSites,
  wallClock: WallClock,
): Promise<RunningHierarchy> {
  await using owned = new AsyncDisposableStack();
  const places = new Map(found.map((site) => [site.code, site]));
  const running = new Map<SiteCode, RunningSite>();
  const sites = new Map<SiteCode, SiteClient>();
  for (const { code } of topology.sites) {
    const at = places.get(code) ?? unknown(code, [...places.keys()]);
    running.set(code, { ...at, power: power?.(code), [Symbol.asyncDispose]: async () => {} });
    sites.set(code, owned.use(new SiteClient({ ...at, administratorToken: token, wallClock })));
  }
  const described = await Promise.all(
    topology.sites.map(async (plan) => {
      const client = sites.get(plan.code);
      try {
        return client && (await describedAs(plan, client));
      } catch (error) {
        if (error instanceof Failure && error.kind === "environment") return undefined;
        throw error;
      }
    }),
  );
  const clock = described.find((one) => one?.clock)?.clock;
  if (!clock) {
    const words = `no site of "${topology.name}" that has a clock answers: are they running?`;
    throw new Failure("environment", words);
  }
  const ground = new AsyncDisposableStack();
  return new RunningHierarchy({ root: "", clock, sites, running, wallClock, ground, owned: owned.move() });
}

function unknown(code: SiteCode, known: readonly SiteCode[]): never {
  const words = `site ${code} of the topology is not among the sites that run (${known.join(", ")})`;
  throw new Failure("usage", `${words}: give the topology file that they were started with`);
}
