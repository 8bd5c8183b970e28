/**
 * The hierarchies of this user: those whose labels an engine knows, and those of which a record was left on this
 * machine. The one way in which commands find a hierarchy that runs, or the folder of one that ran.
 */
import { Failure } from "./failure.ts";
import type { FoundHierarchy } from "./found-hierarchy.ts";
import { recordedHierarchies } from "./recorded-hierarchies.ts";
import type { WallClock } from "./wall-clock.ts";

/** All that run or left something behind, the one started last first. An engine that does not answer has none. */
export async function allHierarchies(wallClock: WallClock): Promise<FoundHierarchy[]> {
  const found = await Promise.all([recordedHierarchies(wallClock), labelledHierarchies(wallClock)]);
  return found.flat().sort((a, b) => b.startedMs - a.startedMs);
}

export async function runningHierarchies(wallClock: WallClock): Promise<FoundHierarchy[]> {
  return (await allHierarchies(wallClock)).filter(({ isRunning }) => isRunning);
}

/** The hierarchy of that name, or the only one that runs. Throws a Failure that names those there are. */
export async function findHierarchy(wallClock: WallClock, name?: string): Promise<FoundHierarchy> {
  return chosen(await runningHierarchies(wallClock), name);
}

export function chosen(found: readonly FoundHierarchy[], name: string | undefined): FoundHierarchy {
  const named = name === undefined ? found : found.filter((one) => one.name === name);
  const [first, ...others] = named;
  const known = found.map((one) => `${one.name} (${one.driver})`).join(", ");
  if (!first) {
    const what = name === undefined ? "no hierarchy of yours runs" : `no hierarchy "${name}" runs`;
    throw new Failure("usage", `${what} (running: ${known || "none"}): spoolnet up <topology> starts one`);
  }
  if (name === undefined && others.length > 0) {
    throw new Failure("usage", `expected the name of a hierarchy, since several run: ${known}`);
  }
  return first; // of two with one name, in an engine and in a process, the later
}

/** Imported only here, so that a command that needs no engine does not load what speaks to one. */
async function labelledHierarchies(wallClock: WallClock): Promise<FoundHierarchy[]> {
  const { engineIfThere } = await import("./drivers/docker/engine.ts");
  const docker = await engineIfThere();
  if (!docker) return [];
  const { dockerHierarchies } = await import("./drivers/docker/find.ts");
  const { swarmHierarchies } = await import("./drivers/swarm/find.ts");
  const found = await Promise.all([
    dockerHierarchies(docker, wallClock),
    swarmHierarchies(docker, wallClock),
  ]);
  return found.flat();
}
