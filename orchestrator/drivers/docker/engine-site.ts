/**
 * What sites that an engine runs have in common, be each a container or a service.
 */
import { Failure } from "../../failure.ts";
import { schemeOf } from "../../site-tls.ts";
import type { SitePlan } from "../../topology/plan.ts";
import type { RunningSite, SitePower } from "../driver.ts";
import { engineFailure, isSoAlready } from "./engine.ts";
import { hostName } from "./labels.ts";
import { sitePort } from "./site-container.ts";
import { pathInside } from "./source-mounts.ts";

type Parts = {
  readonly plan: SitePlan;
  readonly url: string;
  readonly authorities: string | undefined;
  /** Folders of this machine that the site sees. */
  readonly sources: readonly string[];
  readonly power: SitePower;
};

export function engineSite({ plan, url, authorities, sources, power }: Parts): RunningSite {
  return {
    code: plan.code,
    url,
    authorities,
    addressUrl: `${schemeOf(plan)}://${hostName(plan.code)}:${sitePort}`,
    sourcePath: (source) => pathInside(sources, source),
    power,
    [Symbol.asyncDispose]: async () => {}, // removed with all others by the host, which knows them by their labels
  };
}

/** `sites` are codes with their states, like `CEN running`. */
export function alreadyUp(name: string, sites: readonly string[]): Failure {
  const what = sites.length > 0 ? ` (${sites.toSorted().join(", ")})` : "";
  return new Failure(
    "environment",
    `the hierarchy "${name}" is up in Docker already${what}: spoolnet down ${name} ends it, or give the topology another name`,
  );
}

/** For a switch that may be so already. */
export async function unlessSo(done: Promise<unknown>): Promise<void> {
  await done.catch((error: unknown) => {
    if (!isSoAlready(error)) throw engineFailure("turn a site off or on", error);
  });
}
