/**
 * From a site to each of its neighbours: how much of the way was used, and when its addresses are open over the week.
 */
import { lazy, Suspense, useState } from "react";

import type { AddressEntry } from "../../live-entries.ts";
import { type HierarchyLive, type SiteLive, useEntry } from "./live.ts";
import { usageWords } from "./way-words.ts";
import { WeekGrid } from "./week-grid.tsx";

const UsePlot = lazy(() => import("./use-plot.tsx"));

/** Of a site with more neighbours than this, none is shown until it is asked for. */
const mostOpen = 4;

type Props = { live: HierarchyLive; own: SiteLive; code: string; timeZone: string };

export function SiteWays({ live, own, code, timeZone }: Props) {
  const addresses = useEntry(own, "addresses") ?? [];
  const hourNow = useEntry(own, "now")?.hourOfWeek ?? -1;
  const ways = [...Map.groupBy(addresses, ({ to }) => to)];
  return (
    <section className="card" aria-label="Addresses">
      <h3>Use and addresses over the week</h3>
      {ways.map(([to, own]) => (
        <Way
          key={to}
          live={live}
          from={code}
          to={to}
          addresses={own}
          isOpenFirst={ways.length <= mostOpen}
          hourNow={hourNow}
          timeZone={timeZone}
        />
      ))}
    </section>
  );
}

type WayProps = {
  live: HierarchyLive;
  from: string;
  to: string;
  addresses: readonly AddressEntry[];
  isOpenFirst: boolean;
  hourNow: number;
  timeZone: string;
};

function Way({ live, from, to, addresses, isOpenFirst, hourNow, timeZone }: WayProps) {
  const way = useEntry(live, `way:${from}>${to}`);
  const [isOpen, setOpen] = useState(isOpenFirst);
  return (
    <details
      className="way-of-site"
      open={isOpenFirst}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        <b>to {to}</b> <span className="dim">{way?.line ?? "no line declared"}</span> {way && usageWords(way)}
      </summary>
      {isOpen && (
        <div>
          <Suspense fallback={<figure />}>
            <UsePlot from={from} to={to} timeZone={timeZone} />
          </Suspense>
          {addresses.map((address) => (
            <WeekGrid key={address.number} from={from} address={address} hourNow={hourNow} />
          ))}
        </div>
      )}
    </details>
  );
}
