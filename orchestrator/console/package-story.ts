/**
 * The story of a package, part by part, as the page shows it: what `spoolnet trace` tells, read from the journals of the
 * sites that the package concerns.
 */
import PQueue from "p-queue";

import { type PackageId, type SiteCode, siteOfPackage } from "../../domain/identifiers.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import { stepWords, waitWords } from "../story-lines.ts";
import type { Topology } from "../topology/plan.ts";
import { storyOf } from "../trace.ts";
import { logName } from "../words.ts";
import type { StoryView } from "./live-entries.ts";

/** Journals are read so many at a time. */
const readAtOnce = 4;

/** `concerned`: the sites that should have it. What a site that does not answer has to tell is left out. */
export async function packageStory(
  { hierarchy, topology }: { readonly hierarchy: RunningHierarchy; readonly topology: Topology },
  id: PackageId,
  concerned: ReadonlySet<SiteCode>,
): Promise<StoryView> {
  const codes = withThoseAbove(topology, new Set([siteOfPackage(id), ...concerned]));
  const queue = new PQueue({ concurrency: readAtOnce });
  const read = await queue.addAll(
    [...codes].map(
      (code) => async () =>
        await hierarchy
          .site(code)
          .keptEvents()
          .catch(() => []),
    ),
  );
  const story = storyOf(read.flat(), id);
  const steps = story.steps.filter(({ isNews }) => !isNews);
  const zones = new Map<string, string>(topology.sites.map(({ code, timeZone }) => [code, timeZone]));
  const parts = [...Map.groupBy(steps, ({ stage }) => stage)].map(([stage, own]) => ({
    stage,
    startMs: own[0]?.event.emulatedMs ?? 0,
    timeZone: zones.get(own[0]?.event.site ?? "") ?? "Etc/UTC",
    steps: own.map(({ event }) => ({
      emulatedMs: event.emulatedMs,
      site: event.site,
      log: logName(event.component),
      words: stepWords(event),
    })),
  }));
  return {
    id,
    parts,
    copies: story.copies.map(({ site, server, sourceVersion, since }) => ({
      site,
      server: server ?? null,
      sourceVersion: sourceVersion ?? null,
      sinceMs: since.emulatedMs,
    })),
    waits: story.waits
      .filter(({ isNews }) => !isNews)
      .map((wait) => ({
        site: wait.last.site,
        log: logName(wait.last.component),
        sinceMs: wait.last.emulatedMs,
        words: waitWords(wait),
      })),
  };
}

function withThoseAbove({ sites }: Topology, codes: Set<SiteCode>): Set<SiteCode> {
  const parents = new Map(sites.map(({ code, parent }) => [code, parent]));
  for (const code of codes) {
    const parent = parents.get(code);
    if (parent) codes.add(parent); // a Set goes on over what is added to it
  }
  return codes;
}
