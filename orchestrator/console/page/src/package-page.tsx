/**
 * One package: where it is and in what state, when it arrived, its story, and what it waits for.
 */
import { useEffect, useState } from "react";

import type { CopyEntry, StoryView } from "../../live-entries.ts";
import { ask } from "./api.ts";
import { useConfirm } from "./confirm.tsx";
import { type HierarchyLive, useEntry, useList } from "./live.ts";
import { every } from "./page-clock.ts";
import { spanWords, timeWords } from "./words.ts";

const changes = [
  ["refresh", "Refresh", "A new version is made from its source folder and sent to all"],
  ["redistribute", "Redistribute", "The same version is installed once more on all"],
  ["remove", "Remove", "It is deleted at all sites and from all"],
] as const;

export default function PackagePage({ live, id }: { live: HierarchyLive; id: string }) {
  const pkg = useEntry(live, `package:${id}`);
  const copies = useList<CopyEntry>(live, `copy:${id}/`);
  const hierarchy = useEntry(live, "hierarchy");
  const confirm = useConfirm();
  if (!pkg || !hierarchy)
    return (
      <p className="notice">
        There is no package {id} now. <a href="#/">Back to the hierarchy</a>
      </p>
    );
  const { startMs, timeZone } = hierarchy;
  const last = Math.max(startMs + 1, ...copies.flatMap(({ arrivedMs }) => arrivedMs ?? []));
  return (
    <article className="page">
      <div className="row">
        <h2>
          {pkg.name}{" "}
          <span className="dim">
            {id}, version {pkg.sourceVersion}, of {pkg.site}, from {pkg.source}
          </span>
        </h2>
        <div className="row apart">
          {changes.map(([what, title, touches]) => (
            <button
              key={what}
              type="button"
              onClick={() =>
                confirm({
                  title: `${title} ${pkg.name}`,
                  touches: `${touches} ${pkg.points} distribution points.`,
                  action: { do: what, package: id },
                  isDangerous: what === "remove",
                })
              }
            >
              {title}
            </button>
          ))}
        </div>
      </div>
      <section className="card" aria-label="Where it is">
        <h3>Where it is</h3>
        <table>
          <thead>
            <tr>
              <th>Site</th>
              <th>Distribution point</th>
              <th>State</th>
              <th>Version</th>
              <th>Arrived</th>
              <th>After the start</th>
            </tr>
          </thead>
          <tbody>
            {copies.map((copy) => (
              <tr key={copy.server}>
                <td>
                  <a href={`#/site/${copy.site}`}>{copy.site}</a>
                </td>
                <td>{copy.server}</td>
                <td className={copy.state === "installed" ? "good" : copy.state === "failed" ? "bad" : ""}>
                  {copy.state} {copy.reason}
                </td>
                <td>{copy.sourceVersion ?? ""}</td>
                <td>{copy.arrivedMs && timeWords(copy.arrivedMs, timeZone)}</td>
                <td className="arrived">
                  {copy.arrivedMs !== null && (
                    <span style={{ width: `${(100 * (copy.arrivedMs - startMs)) / (last - startMs)}%` }}>
                      {spanWords(copy.arrivedMs - startMs)}
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Story id={id} timeZone={timeZone} />
    </article>
  );
}

function Story({ id, timeZone }: { id: string; timeZone: string }) {
  const [story, setStory] = useState<StoryView>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    const read = () =>
      ask<StoryView>(`/api/packages/${id}/story`).then(
        (found) => {
          setStory(found);
          setFailure(undefined);
        },
        (error: Error) => setFailure(error.message),
      );
    void read();
    return every(4000, () => void read());
  }, [id]);
  if (failure) return <p className="bad">The story cannot be read: {failure}</p>;
  if (!story) return <p className="dim">Reading the journals of its sites</p>;
  return (
    <>
      <section className="card" aria-label="What it waits for">
        <h3>What it waits for</h3>
        {story.waits.length === 0 && <p className="dim">Nothing: every step that began has ended.</p>}
        <ul className="plain">
          {story.waits.map(({ site, log, sinceMs, words }) => (
            <li key={site + log + words}>
              <b>{site}</b> {log} since {timeWords(sinceMs, timeZone)}: {words}
            </li>
          ))}
        </ul>
      </section>
      <section className="card" aria-label="Its story">
        <h3>Its story</h3>
        {story.parts.map(({ stage, startMs, steps }) => (
          <details key={stage} className="story" open={story.parts.length <= 8}>
            <summary>
              {stage}{" "}
              <span className="dim">
                from {timeWords(startMs, timeZone)}, {steps.length} steps
              </span>
            </summary>
            <ol className="plain">
              {steps.map(({ emulatedMs, site, log, words }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a story only grows at its end
                <li key={index}>
                  <time className="dim">{timeWords(emulatedMs, timeZone)}</time> {site}{" "}
                  <span className="dim">{log}</span> {words}
                </li>
              ))}
            </ol>
          </details>
        ))}
      </section>
    </>
  );
}
