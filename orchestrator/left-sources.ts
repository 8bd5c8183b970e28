/**
 * Sources that `spoolnet up` makes for a hierarchy that an engine runs: its sites see them for as long as it is up, so
 * they lie outside of any run's own folder, and `spoolnet down` removes them.
 * On disk: `$XDG_STATE_HOME/spoolnet/<hierarchy>/<uuid>/sources/<package>/`, by default in `~/.local/state`.
 */
import { randomUUID } from "node:crypto";
import { rm, rmdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** A folder that no other start of the hierarchy uses. It is made by who writes to it first. */
export function freshSourcesFolder(environment: Environment, hierarchy: string): string {
  return join(foldersOf(environment), hierarchy, randomUUID());
}

/** Removes what `up` has made for a hierarchy, where there is anything. */
export async function removeLeftSources(environment: Environment, hierarchy: string): Promise<void> {
  const all = foldersOf(environment);
  await rm(join(all, hierarchy), { recursive: true, force: true });
  await rmdir(all).catch(() => {}); // not there, or another hierarchy has some
}

function foldersOf({ XDG_STATE_HOME: state }: Environment): string {
  return join(state || join(homedir(), ".local", "state"), "spoolnet");
}
