/**
 * What is carried through the hierarchy in each trial: one package that is added, refreshed and removed.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { PackageId } from "../../../domain/identifiers.ts";
import { PackageAdministrator } from "../../support/package-administrator.ts";
import type { Phase } from "../shim/orders.ts";
import { type MatrixHierarchy, points, settled } from "./hierarchy.ts";
import { badRows, differences, journalLength, leftToDo, remains, twice } from "./whole.ts";

/** Real milliseconds. How long a step of the package may take, restarts and all: only for a trial that fails. */
const stepWithinMs = 120_000;

/** What goes wrong meanwhile. */
export interface Trouble {
  /** Resolves when all sites know of the phase. */
  begin(phase: Phase): Promise<void>;
  /** How often something went wrong until now. */
  readonly count: number;
}

/** Rejects with what is not as it must be. `takenBack`: a loss of power may take a rename back (whole.ts). */
export async function carryDelta(
  hierarchy: MatrixHierarchy,
  name: string,
  trouble: Trouble,
  signal: AbortSignal,
  { takenBack = false }: { readonly takenBack?: boolean } = {},
): Promise<void> {
  const { all, central } = hierarchy.processes;
  const starts = new Map(
    await Promise.all(all.map(async (site) => [site.code, await journalLength(site)] as const)),
  );
  const administrator = new PackageAdministrator(central, signal);
  const source = join(hierarchy.sources, name);
  await makeSource(source);

  const id = await administrator.make(name, { PkgSourceFlag: 2, PkgSourcePath: source }, points);
  await arrived(hierarchy, id, 1, source, signal);
  await trouble.begin("refresh");
  await editSource(source);
  await administrator.refresh(id, 2);
  await arrived(hierarchy, id, 2, source, signal);
  await trouble.begin("remove");
  await administrator.remove(id);
  await settled(`package ${id} is not gone everywhere`, stepWithinMs, signal, async () => {
    const copies = await central.client.provider.copies(id);
    const still = copies.map(({ site, server, state }) => `${id} ${state} at ${site} ${server}`);
    return still.length > 0 ? still : await leftToDo(all);
  });

  // What is wrong stays so; news of status messages may still come and go.
  for (let before = -1; before !== trouble.count; ) {
    before = trouble.count;
    await settled(`package ${id}, in the end`, stepWithinMs, signal, async () => [
      ...(await remains(all, id)),
      ...(await badRows(all, id)),
      ...(await twice(all, starts, takenBack)),
      ...(await leftToDo(all)),
    ]);
  }
  await rm(source, { recursive: true });
}

/** Resolves when a version is everywhere, the central site knows it, and nobody has anything left to do. */
async function arrived(
  hierarchy: MatrixHierarchy,
  id: PackageId,
  version: number,
  source: string,
  signal: AbortSignal,
): Promise<void> {
  const { all, central } = hierarchy.processes;
  const what = `version ${version} of package ${id} has not arrived`;
  await settled(what, stepWithinMs, signal, async () => {
    const copies = await central.client.provider.copies(id);
    const missing = copies.filter(
      ({ state, sourceVersion }) => state !== "installed" || sourceVersion !== version,
    );
    const said = missing.map(
      ({ site, server, state, sourceVersion }) => `${server} of ${site}: ${state} ${sourceVersion}`,
    );
    return said.length > 0 ? said : await leftToDo(all);
  });
  const wrong = await differences(all, id, source, points);
  if (wrong.length > 0) throw new Error(`version ${version} of package ${id}:\n  ${wrong.join("\n  ")}`);
}

async function makeSource(source: string): Promise<void> {
  await mkdir(join(source, "help"), { recursive: true });
  await writeFile(join(source, "setup.sh"), "#!/bin/sh\necho version 1\n");
  await chmod(join(source, "setup.sh"), 0o755);
  await writeFile(join(source, "help/only in 1.txt"), "words ".repeat(2000));
  await writeFile(join(source, "kept.bin"), randomBytes(20_000)); // so that the second version goes as a delta
  await symlink("setup.sh", join(source, "install"));
}

async function editSource(source: string): Promise<void> {
  await writeFile(join(source, "setup.sh"), "#!/bin/sh\necho version 2, which is another\n");
  await chmod(join(source, "setup.sh"), 0o700);
  await rm(join(source, "help/only in 1.txt"));
  await writeFile(join(source, "help/only in 2.txt"), "other words ".repeat(1000));
}
