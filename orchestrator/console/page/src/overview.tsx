/**
 * Packages, sites and news in lists: what the graph shows, for those who read.
 */
import type { PackageEntry, SiteEntry } from "../../live-entries.ts";
import { type HierarchyLive, useEntry, useList } from "./live.ts";
import { timeWords } from "./words.ts";

export function Packages({ live }: { live: HierarchyLive }) {
  const packages = useList<PackageEntry>(live, "package:");
  return (
    <section aria-label="Packages">
      <h2>Packages</h2>
      {packages.length === 0 && (
        <p className="dim">
          No package yet. <a href="#/add">Add one</a>.
        </p>
      )}
      {packages.map((one) => (
        <a key={one.id} className="package" href={`#/package/${one.id}`}>
          <span>
            <b>{one.name}</b>{" "}
            <span className="dim">
              {one.id} version {one.sourceVersion}
            </span>
          </span>
          <progress max={one.points} value={one.arrived} aria-label={`${one.name} arrived`} />
          <span data-testid={`arrived-${one.id}`}>
            {one.arrived} of {one.points} distribution points
            {one.failed > 0 && <b className="bad"> {one.failed} failed</b>}
          </span>
        </a>
      ))}
    </section>
  );
}

const tones = { open: "", held: "good", failed: "bad" } as const;
const signs = { open: "○", held: "✓", failed: "✕" } as const;

export function News({ live }: { live: HierarchyLive }) {
  const news = useEntry(live, "news") ?? [];
  const expectations = useEntry(live, "expectations") ?? [];
  const zone = useEntry(live, "hierarchy")?.timeZone ?? "UTC";
  return (
    <>
      {expectations.length > 0 && (
        <section aria-label="Expected">
          <h2>Expected</h2>
          <ul className="plain">
            {expectations.map(({ text, state, numbers, why }) => (
              <li key={text} className={`expected ${tones[state]}`}>
                <span aria-hidden>{signs[state]}</span>
                <span>
                  <span className="sr">{state}: </span>
                  {text}{" "}
                  <span className="dim">
                    {numbers}
                    {why && `; ${why}`}
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-label="What happens">
        <h2>What happens</h2>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by keyboard */}
        <ol className="plain news" tabIndex={0}>
          {news.toReversed().map(({ number, emulatedMs, text, tone }) => (
            <li key={number} className={tone === "bad" ? "bad" : tone === "good" ? "good" : ""}>
              <time className="dim">{timeWords(emulatedMs, zone)}</time>
              <span>{text}</span>
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

export function Sites({ live }: { live: HierarchyLive }) {
  const sites = useList<SiteEntry>(live, "site:");
  return (
    <section className="page">
      <h2>Sites</h2>
      <table className="card">
        <thead>
          <tr>
            <th>Site</th>
            <th>Name</th>
            <th>Type</th>
            <th>Parent</th>
            <th>State</th>
            <th>In inboxes</th>
            <th>Distribution points</th>
            <th>Trouble</th>
          </tr>
        </thead>
        <tbody>
          {sites.map((site) => (
            <tr key={site.code}>
              <td>
                <a href={`#/site/${site.code}`}>{site.code}</a>
              </td>
              <td>{site.name}</td>
              <td>{site.type}</td>
              <td>{site.parent ?? "central site"}</td>
              <td className={site.reach === "down" ? "bad" : "good"}>
                {site.reach === "up" ? "answers" : "does not answer"}
              </td>
              <td className="number">{site.queue}</td>
              <td>{site.servers.join(", ")}</td>
              <td className="bad">{site.trouble}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
