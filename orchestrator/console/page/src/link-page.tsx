/**
 * The link between a site and its parent: cut, slowed, restored; what moves over it each way, and how it was used.
 */
import { lazy, Suspense, useState } from "react";

import { useConfirm } from "./confirm.tsx";
import { type HierarchyLive, useEntry } from "./live.ts";
import { usageWords } from "./way-words.ts";
import { bytesWords, rateWords, timeWords } from "./words.ts";

const UsePlot = lazy(() => import("./use-plot.tsx"));

export default function LinkPage({ live, from, to }: { live: HierarchyLive; from: string; to: string }) {
  const confirm = useConfirm();
  const [bandwidth, setBandwidth] = useState("64 kbit/s");
  const between = [from, to];
  const touches = `Both directions of the link between ${from} and ${to}, and whatever is sent over it now.`;
  return (
    <article className="page">
      <div className="row">
        <h2>
          Link <a href={`#/site/${from}`}>{from}</a> and <a href={`#/site/${to}`}>{to}</a>
        </h2>
        <div className="row apart">
          <button
            type="button"
            onClick={() =>
              confirm({ title: "Cut the link", touches, action: { do: "cut", between }, isDangerous: true })
            }
          >
            Cut
          </button>
          <button
            type="button"
            onClick={() =>
              confirm({ title: "Restore the link", touches, action: { do: "restore", between } })
            }
          >
            Restore
          </button>
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault();
              confirm({
                title: `Slow it to ${bandwidth}`,
                touches,
                action: { do: "slow", between, bandwidth },
              });
            }}
          >
            <input
              aria-label="Bandwidth"
              value={bandwidth}
              size={10}
              onChange={({ target }) => setBandwidth(target.value)}
            />
            <button type="submit">Slow</button>
          </form>
        </div>
      </div>
      <Way live={live} from={from} to={to} />
      <Way live={live} from={to} to={from} />
    </article>
  );
}

function Way({ live, from, to }: { live: HierarchyLive; from: string; to: string }) {
  const way = useEntry(live, `way:${from}>${to}`);
  const zone = useEntry(live, `site:${from}`)?.timeZone ?? "UTC";
  if (!way)
    return (
      <p className="notice">
        There is no way from {from} to {to}.
      </p>
    );
  return (
    <section className="card" aria-label={`${from} to ${to}`}>
      <h3>
        {from} to {to} <span className="dim">{way.line ?? "no line declared"}</span>{" "}
        <b data-testid={`usage-${from}-${to}`} className={way.isCut || way.isOut ? "bad" : ""}>
          {usageWords(way)}
        </b>
      </h3>
      <ul className="plain">
        {way.addresses.map(({ sender, usage, until, limit }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: addresses are known by their order
          <li key={index}>
            {index + 1}. {sender}: {usage === "all" ? "open to all" : usage}
            {until && ` until ${timeWords(until.atMs, zone)}, then ${until.usage}`}; limit {limit}
          </li>
        ))}
      </ul>
      {way.sending === 0 && <p className="dim">Nothing is being sent.</p>}
      {way.moving.map(({ request, packages, percent, bytes }) => (
        <p key={request} className="row" data-testid="transfer">
          <progress max={100} value={percent} aria-label={`${packages} to ${to}`} /> {packages} {percent}% of{" "}
          {bytesWords(bytes)} <span className="dim">{request}</span>
        </p>
      ))}
      {way.bytesPerSecond > 0 && <p>{rateWords(way.bytesPerSecond)} now</p>}
      <Suspense>
        <UsePlot from={from} to={to} timeZone={zone} />
      </Suspense>
    </section>
  );
}
