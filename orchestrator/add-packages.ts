/**
 * The packages of a topology, put in through the SMS Provider of their sites. One that is there already, from an
 * earlier run on the same root, stays as it is: it goes on where it was.
 */
import { readFile } from "node:fs/promises";

import { Failure } from "./failure.ts";
import type { RunningHierarchy } from "./hierarchy.ts";
import type { Delivery } from "./progress/expectations.ts";
import type { ListedPackage } from "./sms-provider.ts";
import type { PackagePlan } from "./topology/plan.ts";
import { counted, pathFromHere } from "./words.ts";

export type AddedPackage = Delivery & { readonly isNew: boolean };

export type AddOptions = {
  /** True where the user chose the first package's source for this run. */
  readonly isSourceChosen: boolean;
  readonly say: (words: string) => void;
};

export async function addPackages(
  hierarchy: RunningHierarchy,
  plans: readonly PackagePlan[],
  { isSourceChosen, say }: AddOptions,
): Promise<AddedPackage[]> {
  const added: AddedPackage[] = [];
  for (const [index, given] of plans.entries()) {
    // An icon is read here, the source where the site sees it.
    const plan = { ...given, sourceFolder: hierarchy.sourcePath(given.site, given.sourceFolder) };
    const { provider } = hierarchy.site(plan.site);
    const known = (await provider.packages()).find((pkg) => pkg.Name === plan.name);
    if (known) {
      await checkSame(hierarchy, known, plan, isSourceChosen && index === 0, say);
      say(
        `${known.PackageID} ${plan.name} is at ${plan.site} already: version ${known.SourceVersion}, made from ${known.PkgSourcePath}`,
      );
      added.push(deliveryOf(known, plan, false));
      continue;
    }
    const icon = plan.iconFile === undefined ? "" : await readFile(plan.iconFile, "base64");
    const made = await provider.addPackage(plan, icon);
    say(
      `${made.PackageID} ${plan.name} is defined at ${plan.site}: version ${made.SourceVersion}, ${counted(plan.distributionPoints.length, "distribution point")}, from ${pathFromHere(given.sourceFolder)}`,
    );
    added.push(deliveryOf(made, plan, true));
  }
  return added;
}

function deliveryOf(listed: ListedPackage, plan: PackagePlan, isNew: boolean): AddedPackage {
  const { PackageID: id, Name: name, SourceVersion: sourceVersion } = listed;
  return { id, name, sourceVersion, distributionPoints: plan.distributionPoints, isNew };
}

/** What an earlier run made may differ from what is asked for now. Nothing is changed behind the user's back. */
async function checkSame(
  hierarchy: RunningHierarchy,
  known: ListedPackage,
  plan: PackagePlan,
  isSourceChosen: boolean,
  say: (words: string) => void,
): Promise<void> {
  if (isSourceChosen && known.PkgSourcePath !== plan.sourceFolder) {
    throw new Failure(
      "usage",
      `--source: the package "${plan.name}" was made from ${known.PkgSourcePath} by an earlier run: leave --source out to go on with it, or use another --root`,
    );
  }
  const copies = await hierarchy.site(plan.site).provider.copies(known.PackageID);
  const missing = plan.distributionPoints.filter(
    ({ server }) => !copies.some((copy) => copy.server === server),
  );
  if (missing.length === 0) return;
  const names = missing.map(({ server }) => server).join(", ");
  say(
    `! ${known.PackageID} is not sent to ${names}: the topology says so now, the earlier run did not; use another --root to start over`,
  );
}
