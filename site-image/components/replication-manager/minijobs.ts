/**
 * Minijobs, of the replication files that go out: one a destination and preferred sender, then one for each compressed
 * copy. A minijob lies in `Schedule.box` for the Scheduler.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";

import type { Subject } from "../../../domain/journal.ts";
import { packagesOf } from "../../../domain/replication.ts";
import { jobFor } from "../../database/counters.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import type { ClaimedFile } from "../../inboxes/claimed-file.ts";
import type { Minijob, ReplicationFile, Work } from "../../inboxes/documents.ts";
import { type Place, putDocuments } from "../../inboxes/inbox.ts";
import { stages } from "../../inboxes/stages.ts";

type Deps = { place: Place; database: SiteDatabase };

/** A replication file that was claimed, and what it says. */
export type OutboundFile = { readonly file: ClaimedFile; readonly replication: ReplicationFile };

/** `origin` is what the job is known by should the same files be taken again after a crash. */
type Wanted = { readonly origin: string; readonly replication: ReplicationFile; readonly work: Work };

/** Makes the minijobs of files of one priority. Done again with the same files, it makes the same. */
export async function makeMinijobs({ place, database }: Deps, files: readonly OutboundFile[]): Promise<void> {
  const wanted = [...batchesOf(files), ...compressedCopiesOf(files)];
  const jobs = database.transaction(() =>
    wanted.map(({ origin, replication, work }): Minijob => {
      const { destination, priority, preferredSender } = replication;
      return { version: 1, job: jobFor(database, origin), destination, priority, preferredSender, work };
    }),
  );
  await putDocuments(
    place,
    jobs.map((job) => ({
      path: join(place.folders.scheduler, job.job + stages.minijob.ready),
      document: job,
      subject: subjectOf(job),
    })),
  );
  for (const { job, destination, priority, work } of jobs)
    place.reporter.info(
      `Created minijob ${job} for site ${destination}, ${priority} priority: ${wordsOf(work)}`,
    );
}

function batchesOf(files: readonly OutboundFile[]): Wanted[] {
  const batches = Map.groupBy(
    files.filter(({ replication }) => replication.object.kind !== "content"),
    ({ replication: { destination, preferredSender } }) => `${destination} ${preferredSender}`,
  );
  return [...batches.values()].flatMap((batch) => {
    const first = batch[0];
    if (!first) return [];
    // The same files again after a crash are the same job; one file more and it is another.
    const origin = `batch ${sha256(batch.map(({ file }) => file.name).join())}`;
    const objects = batch.map(({ replication }) => replication.object);
    return [{ origin, replication: first.replication, work: { kind: "replication", objects } }];
  });
}

function compressedCopiesOf(files: readonly OutboundFile[]): Wanted[] {
  return files.flatMap(({ file, replication }) => {
    const { object } = replication;
    if (object.kind !== "content") return [];
    return [{ origin: `content ${file.name}`, replication, work: { ...object, kind: "package" } }];
  });
}

function subjectOf({ job, destination: peer, work }: Minijob): Subject {
  if (work.kind === "package")
    return { packages: [work.packageId], job, peer, sourceVersion: work.content.sourceVersion };
  return { packages: [...new Set(work.objects.flatMap((object) => packagesOf(object)))], job, peer };
}

function wordsOf(work: Work): string {
  if (work.kind !== "package") return `${work.objects.length} replication objects`;
  const { delta, packageId, content } = work;
  const what = delta ? `delta from version ${delta.base.sourceVersion}` : "compressed copy";
  return `${what} of package ${packageId} version ${content.sourceVersion}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
