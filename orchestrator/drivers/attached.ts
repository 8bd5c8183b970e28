/**
 * Sites that run already, started by something else: containers of a compose file, a cluster. They are waited
 * for and used; they are never stopped.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import { Failure } from "../failure.ts";
import { authoritiesOf } from "../site-tls.ts";
import type { SitePlan } from "../topology/plan.ts";
import type { WallClock } from "../wall-clock.ts";
import type { Driver } from "./driver.ts";
import { siteAnswers } from "./site-answers.ts";

export type AttachedOptions = {
  /** The base URL of a site; undefined where none was given. */
  readonly urlOf: (code: SiteCode) => string | undefined;
  /** The base URL of a site for the other sites; undefined where it is the same. */
  readonly addressUrlOf?: (code: SiteCode) => string | undefined;
  readonly wallClock: WallClock;
};

/** A secret is shown to a site of which the topology says that it has a certificate only where that can be looked at. */
function refusePlain(plan: SitePlan, url: string): void {
  if (!plan.tls || url.startsWith("https:")) return;
  throw new Failure(
    "usage",
    `site ${plan.code}: the topology gives it a certificate (tls): expected a URL that begins with https://, found ${url}`,
  );
}

export function attachedDriver({ urlOf, addressUrlOf, wallClock }: AttachedOptions): Driver {
  return {
    name: "attached",
    keepsFolders: false,
    isLabelled: false,
    startsAtOnce: 8,
    async open(_topology, { administratorToken, signal }) {
      return {
        async startSite(plan) {
          const { code } = plan;
          const url = urlOf(code);
          if (url === undefined) {
            throw new Failure(
              "usage",
              `site ${code}: expected its URL: give --site-url ${code}=http://host:2003, or SPOOLNET_SITE_URL=http://{site}:2003 for all`,
            );
          }
          const addressUrl = addressUrlOf?.(code);
          for (const one of [url, addressUrl ?? url]) refusePlain(plan, one);
          const at = { code, url, authorities: await authoritiesOf(plan) };
          await siteAnswers({ ...at, administratorToken, wallClock, signal, everyMs: 250 });
          return { ...at, addressUrl, [Symbol.asyncDispose]: async () => {} };
        },
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}
