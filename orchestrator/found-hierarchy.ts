/**
 * A hierarchy that was started earlier, as a later command finds it, whatever runs its sites.
 */
import type { ClockTimeline } from "../domain/clock.ts";
import type { SiteCode } from "../domain/identifiers.ts";
import type { DriverName, SitePower } from "./drivers/driver.ts";
import { SiteClient } from "./site-client.ts";
import type { WallClock } from "./wall-clock.ts";

export type FoundSite = {
  readonly code: SiteCode;
  readonly url: string;
  /** Times of this site are shown in it. */
  readonly timeZone: string;
  /** PEM: who may have made its certificate. Default: the authorities that Node knows. */
  readonly authorities?: string | undefined;
};

export interface FoundHierarchy {
  readonly name: string;
  readonly driver: DriverName;
  /** False where it has ended, or all of its sites are down. */
  readonly isRunning: boolean;
  /** True where it has ended and left more than a root that the user chose. */
  readonly isLeftOver: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly startedMs: number;
  /** Undefined where an engine has the sites' folders. */
  readonly root: string | undefined;
  readonly sites: readonly FoundSite[];
  /** Undefined where it can no longer be known. */
  readonly token: string | undefined;
  /** What can be done to a single site from outside; absent where it has no switch. */
  power?(code: SiteCode): SitePower | undefined;
  /** Ends it. Nothing is left of it but a root that the user chose. */
  down(): Promise<void>;
}

/** The clock of a hierarchy as its sites have it; null where none of them answers. */
export async function clockOf(
  { sites, token = "" }: Pick<FoundHierarchy, "sites" | "token">,
  wallClock: WallClock,
): Promise<ClockTimeline | null> {
  const asked = sites.map(async (site) => {
    await using client = new SiteClient({ ...site, administratorToken: token, wallClock });
    return (await client.describe()).clock;
  });
  return await Promise.any(asked).catch(() => null);
}
