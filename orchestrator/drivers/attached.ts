/**
 * Sites that run already, started by something else: containers of a compose file, a cluster. They are waited
 * for and used; they are never stopped.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import { Failure, wordsOf } from "../failure.ts";
import { SiteClient } from "../site-client.ts";
import { until, type WallClock } from "../wall-clock.ts";
import type { Driver } from "./driver.ts";

/** How long a site may take to come up before the hierarchy is given up, in milliseconds of real time. */
const startWithinMs = 60_000;

export type AttachedOptions = {
  /** The base URL of a site; undefined where none was given. */
  readonly urlOf: (code: SiteCode) => string | undefined;
  /** The base URL of a site for the other sites; undefined where it is the same. */
  readonly addressUrlOf?: (code: SiteCode) => string | undefined;
  readonly wallClock: WallClock;
};

export function attachedDriver({ urlOf, addressUrlOf, wallClock }: AttachedOptions): Driver {
  return {
    name: "attached",
    keepsFolders: false,
    async startSite({ code }, { administratorToken, signal }) {
      const url = urlOf(code);
      if (url === undefined) {
        throw new Failure(
          "usage",
          `site ${code}: expected its URL: give --site-url ${code}=http://host:2003, or SPOOLNET_SITE_URL=http://{site}:2003 for all`,
        );
      }
      await using client = new SiteClient({ code, url, administratorToken, wallClock });
      let last: unknown;
      const site = await until(wallClock, { everyMs: 250, withinMs: startWithinMs, signal }, async () => {
        try {
          return await client.health(signal);
        } catch (error) {
          last = error;
          return undefined;
        }
      });
      if (site === undefined) {
        throw new Failure(
          "environment",
          `site ${code} did not come up within ${startWithinMs / 1000} s: ${wordsOf(last)}`,
        );
      }
      if (site !== code) {
        throw new Failure(
          "usage",
          `${url}: expected site ${code}, found site ${site}: is the URL another site's?`,
        );
      }
      return { code, url, addressUrl: addressUrlOf?.(code), [Symbol.asyncDispose]: async () => {} };
    },
  };
}
