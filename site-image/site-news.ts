/**
 * What a site goes by - its clock, its addresses and its links - told when it starts and whenever that changes, to who listens in
 * this process: the recorder of the tests, which has to know what was allowed when. Costs nothing while nobody listens.
 */
import { channel } from "node:diagnostics_channel";

import type { Address } from "../domain/address.ts";
import type { ClockTimeline } from "../domain/clock.ts";
import type { SiteCode } from "../domain/identifiers.ts";
import type { SiteLinks } from "../domain/link.ts";
import { type SenderType, senderType } from "../domain/package.ts";
import { type SiteSenders, settingsOf } from "../domain/sender-settings.ts";
import type { SiteDatabase } from "./database/site-database.ts";
import { addressRevision, neighbours } from "./database/sites.ts";
import type { Wan } from "./senders/wan.ts";
import type { SystemClock } from "./system-clock.ts";

export type SiteNews = {
  /** The site's folder: no other site that runs has it. */
  readonly folder: string;
  readonly site: SiteCode;
  readonly timeZone: string;
  /** When this run of the site began, and from when on the rest holds. Real milliseconds. */
  readonly startedMs: number;
  readonly realMs: number;
  readonly clock: ClockTimeline;
  readonly links: SiteLinks;
  readonly addresses: readonly { readonly to: SiteCode; readonly addresses: readonly Address[] }[];
  /** Senders whose sendings keep to the window and the limit they began with. */
  readonly finishing: readonly SenderType[];
};

/** Its messages are `SiteNews`. */
export const siteNews = channel("spoolnet:site-news");

type Deps = {
  readonly site: Pick<SiteNews, "folder" | "site" | "timeZone">;
  readonly senders: SiteSenders;
  readonly clock: SystemClock;
  readonly database: SiteDatabase;
  readonly wan: Wan;
};

/** Tells of changed addresses and links until `signal` aborts. What it gives back is called when the clock is told. */
export function tellingNews({ site, senders, clock, database, wan }: Deps, signal: AbortSignal): () => void {
  const startedMs = clock.realNow();
  const finishing = senderType.options.filter(
    (type) => settingsOf(senders, type).whenAddressChanges === "finish",
  );
  let revision = addressRevision(database);
  const tell = () => {
    if (!siteNews.hasSubscribers) return;
    const addresses = neighbours(database).map(({ code, addresses }) => ({ to: code, addresses }));
    const news: SiteNews = {
      ...site,
      startedMs,
      realMs: clock.realNow(),
      clock: clock.timeline,
      links: wan.links,
      addresses,
      finishing,
    };
    siteNews.publish(news);
  };
  database.onCommit(() => {
    if (!siteNews.hasSubscribers || revision === addressRevision(database)) return;
    revision = addressRevision(database);
    tell();
  }, signal);
  wan.onChange(tell);
  return tell;
}
