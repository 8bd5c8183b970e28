/**
 * A driver turns the plan of a site into a site that runs. What the rest of the orchestrator knows of a running
 * site is its base URL; everything is said over HTTP.
 */
import type { ClockTimeline } from "../../domain/clock.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { SitePlan } from "../topology/plan.ts";

export type SiteSettings = {
  /** The hierarchy's folder; a driver that keeps sites on this machine gives each one `<root>/<code>/`. */
  readonly root: string;
  readonly administratorToken: string;
  /** The time a site starts with, where it has none of its own yet. */
  readonly clock: ClockTimeline;
  /** Where the site was the last time, so that its neighbours find it again without being told. */
  readonly lastUrl: string | undefined;
  readonly signal: AbortSignal;
};

/** Owned by who started it; disposing of it stops what the driver started, and nothing else. */
export type RunningSite = AsyncDisposable & {
  readonly code: SiteCode;
  /** For the orchestrator. */
  readonly url: string;
  /** For the other sites, where they are on a network of their own. Default: `url`. */
  readonly addressUrl?: string | undefined;
};

export interface Driver {
  readonly name: string;
  /** True where the sites' folders are under the hierarchy's root. */
  readonly keepsFolders: boolean;
  /** Resolves once the site answers requests. Rejects with a Failure that says what to do. */
  startSite(plan: SitePlan, settings: SiteSettings): Promise<RunningSite>;
}
