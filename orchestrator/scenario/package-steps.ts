/**
 * What a scenario does to packages, through the SMS Provider of their sites, and what of it a run has to know: which
 * packages there are now, and which version of each is wanted.
 */

import type { SiteCode } from "../../domain/identifiers.ts";
import { addPackages } from "../add-packages.ts";
import { Failure } from "../failure.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import type { Delivery } from "../progress/expectations.ts";
import type { ListedPackage, SmsProvider } from "../sms-provider.ts";
import type { PackagePlan } from "../topology/plan.ts";
import type { Action } from "../topology/scenario-plan.ts";

type Deps = {
  readonly hierarchy: RunningHierarchy;
  readonly plans: readonly PackagePlan[];
  /** Of the packages that are there; changed by the steps. */
  readonly deliveries: Delivery[];
  readonly onAdded: (delivery: Delivery) => void;
};

export class PackageSteps {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  siteOf(name: string): SiteCode {
    return this.#planOf(name).site;
  }

  /** Resolves once the Provider has taken it, with what it said. */
  async do({
    do: what,
    package: name,
  }: Extract<Action, { do: "add" | "refresh" | "redistribute" | "remove" }>): Promise<string> {
    if (what === "add") return await this.#add(name);
    const { deliveries } = this.#deps;
    const { provider, found } = await this.#found(name);
    if (what === "refresh") await provider.refreshPackage(found.PackageID);
    else if (what === "redistribute") await provider.redistributePackage(found.PackageID);
    else await provider.removePackage(found.PackageID);
    const at = deliveries.findIndex((delivery) => delivery.name === name);
    if (what === "remove") {
      if (at >= 0) deliveries.splice(at, 1);
      return `${found.PackageID} is deleted`;
    }
    const { SourceVersion: sourceVersion } = (await this.#found(name)).found;
    const delivery = deliveries[at];
    if (delivery) deliveries[at] = { ...delivery, sourceVersion };
    return `${found.PackageID} has version ${sourceVersion}`;
  }

  async #add(name: string): Promise<string> {
    const { hierarchy, deliveries, onAdded } = this.#deps;
    const said: string[] = [];
    const say = (words: string) => said.push(words);
    const added = await addPackages(hierarchy, [this.#planOf(name)], { isSourceChosen: false, say });
    for (const { isNew: _, ...delivery } of added) {
      deliveries.push(delivery);
      onAdded(delivery);
    }
    return said.join("; ");
  }

  async #found(name: string): Promise<{ provider: SmsProvider; found: ListedPackage }> {
    const { provider } = this.#deps.hierarchy.site(this.siteOf(name));
    const found = (await provider.packages()).find((pkg) => pkg.Name === name);
    if (!found) throw new Failure("usage", `there is no package "${name}" at ${this.siteOf(name)} now`);
    return { provider, found };
  }

  #planOf(name: string): PackagePlan {
    const plan = this.#deps.plans.find((one) => one.name === name);
    if (!plan) throw new Error(`there is no package ${name}, and the rules should have said so`);
    return plan;
  }
}
