/**
 * What a report is made of, from the folder of a run that is over: its journals and what the run kept beside them.
 */

import type { Scene } from "../expectations/expectation.ts";
import { verdictOn } from "../expectations/verdict.ts";
import { Failure } from "../failure.ts";
import { readRecord } from "../hierarchy-record.ts";
import type { Judged } from "../progress/course.ts";
import type { Delivery } from "../progress/expectations.ts";
import type { Topology } from "../topology/plan.ts";
import { fromFolder } from "../trace-sources.ts";
import { Recording } from "./recording.ts";
import { keptHappenings } from "./run-folder.ts";

export async function reportFromFolder(
  folder: string,
  topology: Topology,
): Promise<{ readonly scene: Scene; readonly judged: readonly Judged[] }> {
  const { events, names } = await fromFolder(folder);
  const name = (await readRecord(folder))?.name ?? topology.name;
  if (name !== topology.name) {
    throw new Failure(
      "usage",
      `${folder}: expected a run of ${topology.name} (${topology.file}), found one of ${name}: give its topology file`,
    );
  }
  const recording = Recording.of(events);
  recording.happened.push(...(await keptHappenings(folder)));
  const versions = new Map<string, number>();
  for (const { packages = [], sourceVersion = 0 } of events)
    for (const id of packages) versions.set(id, Math.max(versions.get(id) ?? 1, sourceVersion));
  const deliveries = topology.packages.flatMap(({ name, site, distributionPoints }): Delivery[] => {
    const id = [...names].find(([id, one]) => one === name && id.startsWith(site))?.[0];
    return id === undefined ? [] : [{ id, name, sourceVersion: versions.get(id) ?? 1, distributionPoints }];
  });
  const scene: Scene = {
    topology,
    recording,
    deliveries,
    nowMs: recording.lastMs ?? topology.clock.startMs,
    givenUp: new Set(),
    isOver: true,
  };
  const judged = topology.expectations.map((expectation) => ({
    expectation,
    verdict: verdictOn(expectation, scene),
  }));
  return { scene, judged };
}
