/**
 * A driver turns the plan of a hierarchy into sites that run. What the rest of the orchestrator knows of a running
 * site is its base URL; everything is said over HTTP. What can be done to a site from outside is its `power`.
 */
import type { ClockTimeline } from "../../domain/clock.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { SitePlan, Topology } from "../topology/plan.ts";

export type DriverName = "embedded" | "processes" | "attached" | "docker" | "swarm";

export interface Driver {
  readonly name: DriverName;
  /** True where the sites' folders are under the hierarchy's root. */
  readonly keepsFolders: boolean;
  /**
   * True where the engine that runs the sites can tell any later command of them by their labels. Such a hierarchy
   * outlives the command that started it, and leaves nothing on this machine but in the engine.
   */
  readonly isLabelled: boolean;
  /** How many sites are started at a time. */
  readonly startsAtOnce: number;
  /**
   * Prepares what the sites of a hierarchy share. Rejects with a Failure that says what to do, also where an engine
   * has a hierarchy of this name already. What was begun is gone if it rejects.
   */
  open(topology: Topology, settings: HierarchySettings): Promise<SiteHost>;
}

export type HierarchySettings = {
  /** The hierarchy's folder; a driver that keeps folders gives each site `<root>/<code>/`. Empty where it keeps none. */
  readonly root: string;
  readonly administratorToken: string;
  /** Folders of this machine, absolute, that primary sites see beside their packages' sources. Default: none. */
  readonly sourceFolders?: readonly string[] | undefined;
  /** The time a site starts with, where the driver can tell it. */
  readonly clock: ClockTimeline;
  readonly signal: AbortSignal;
  /** Told what takes a while, in words. */
  readonly say: (words: string) => void;
};

/** Disposing of it ends its sites and removes what they shared; nothing is left but the folders that a driver keeps. */
export interface SiteHost extends AsyncDisposable {
  /**
   * Resolves once the site answers requests. Rejects with a Failure that says what to do. `lastUrl` is where the
   * site was the last time, so that its neighbours find it again without being told.
   */
  startSite(plan: SitePlan, lastUrl: string | undefined): Promise<RunningSite>;
}

/** Owned by who started it; disposing of it stops what the driver started, and nothing else. */
export type RunningSite = AsyncDisposable & {
  readonly code: SiteCode;
  /** For the orchestrator. Stays what it is when the site is stopped and started. */
  readonly url: string;
  /** For the other sites, where they are on a network of their own. Default: `url`. */
  readonly addressUrl?: string | undefined;
  /** PEM: who may have made its certificate, where it speaks HTTPS. Default: the authorities that Node knows. */
  readonly authorities?: string | undefined;
  /** Where the site sees a package source folder of this machine. Default: at the same path. */
  readonly sourcePath?: ((folder: string) => string) | undefined;
  /** Absent where a site cannot be ended by itself: in this process, and where something else runs it. */
  readonly power?: SitePower | undefined;
};

/** Switches of one site. Each promise settles when it is so; each may be asked for in any state. */
export interface SitePower {
  /** SIGKILL: nothing in hand is finished. */
  kill(): Promise<void>;
  /** In good order. */
  stop(): Promise<void>;
  /** At the same place, on the same data. Resolves once the site answers. */
  start(): Promise<void>;
  /** It neither works nor answers; its connections stay open. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}
