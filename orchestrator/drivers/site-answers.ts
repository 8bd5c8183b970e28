/**
 * Waiting until a site answers, for the drivers: a site that was just started needs a moment.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import { Failure, wordsOf } from "../failure.ts";
import { SiteClient } from "../site-client.ts";
import { CertificateFailure } from "../site-connection.ts";
import { until, type WallClock } from "../wall-clock.ts";

/** How long a site may take to come up before the hierarchy is given up, in milliseconds of real time. */
const startWithinMs = 60_000;

export type Awaited = {
  readonly code: SiteCode;
  readonly url: string;
  readonly authorities?: string | undefined;
  readonly administratorToken: string;
  readonly wallClock: WallClock;
  readonly signal: AbortSignal;
  /** How often it is asked, in milliseconds. */
  readonly everyMs: number;
};

/** Resolves once the site answers. Rejects with a Failure where it does not in time, or is another site. */
export async function siteAnswers(awaited: Awaited): Promise<void> {
  const { code, url, wallClock, signal, everyMs } = awaited;
  await using client = new SiteClient(awaited);
  let last: unknown;
  const site = await until(wallClock, { everyMs, withinMs: startWithinMs, signal }, async () => {
    try {
      return await client.health(signal);
    } catch (error) {
      if (error instanceof CertificateFailure) throw error;
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
  if (site === code) return;
  throw new Failure("usage", `${url}: expected site ${code}, found site ${site}: is the URL another site's?`);
}
