/**
 * Replication that came with an instruction: definitions of packages, and what sites tell each other.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { standingOf } from "../../../domain/authority.ts";
import type { SiteCode } from "../../../domain/identifiers.ts";
import type { Subject } from "../../../domain/journal.ts";
import { packagesOf, type ReplicationObject } from "../../../domain/replication.ts";
import { isWhole } from "../../content/file-digest.ts";
import { packageById } from "../../database/packages.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import { type KnownNeighbour, knownSites } from "../../database/sites.ts";
import { jsonOf, NoDocumentError, readDocument } from "../../inboxes/document-file.ts";
import { type InstructionBody, incomingDefinition, replicationBatch } from "../../inboxes/documents.ts";
import { type NewDocument, type Place, putDocument, putDocuments } from "../../inboxes/inbox.ts";
import { stages } from "../../inboxes/stages.ts";
import { isMissing } from "../../inboxes/whole-file.ts";
import type { Turns } from "../../turns.ts";
import type { ReceivedInstruction } from "./received-instruction.ts";

type Deps = { place: Place; database: SiteDatabase; parent: SiteCode | null };

/** Replication is read as a whole. A thousand packages with all their programs and places are below 4 MB. */
const maxReplicationBytes = 64 * 1024 * 1024;

export class ReceivedObjects {
  readonly #deps: Deps;
  readonly #turns: Turns;

  /** `turns` are those of packages, by their id. */
  constructor(deps: Deps, turns: Turns) {
    this.#deps = deps;
    this.#turns = turns;
  }

  /** Replication: definitions go to Distribution Manager, the rest and what is for other sites to Replication Manager. */
  async take(
    body: InstructionBody,
    from: KnownNeighbour,
    received: ReceivedInstruction,
    subject: Subject,
  ): Promise<void> {
    const { place } = this.#deps;
    const { file, packageFile } = received;
    if (!(await isWhole(packageFile, body))) {
      // Gone means carried out already, up to the removal of the instruction itself.
      return existsSync(packageFile) ? received.damaged(subject) : file.done(subject);
    }
    if (body.bytes > maxReplicationBytes)
      return received.refuse(`its ${body.bytes} bytes are more than replication can have`);
    const batch = replicationBatch.safeParse(jsonOf(await readFile(packageFile, "utf8")));
    if (!batch.success)
      return received.refuse(`its replication objects do not parse: ${batch.error.message}`);
    const handedOn: NewDocument[] = [];
    const definitions: Promise<void>[] = [];
    for (const [index, object] of batch.data.objects.entries()) {
      if (object.kind === "package" && body.finalSite === place.site) {
        const standing = this.#standingOf(object, from);
        if (standing.may !== "take") {
          place.reporter.status(30001, `${file.name} of site ${from.code}: ${standing.why}`);
          continue;
        }
        definitions.push(
          this.#turns.take(object.definition.id, () => this.#handOnDefinition(object, subject)),
        );
      } else {
        const name = `${body.request}-${String(index).padStart(4, "0")}${stages.replication.ready}`;
        const { priority, preferredSender, finalSite: destination } = body;
        handedOn.push({
          path: join(place.folders.replicationIncoming, name),
          document: {
            ...{ version: 1, destination, priority, preferredSender, object },
            ...{ from: from.code, receivedMs: place.clock.now() },
          },
          subject: { ...subject, packages: packagesOf(object) },
        });
      }
    }
    await Promise.all([putDocuments(place, handedOn), ...definitions]);
    await received.finish({ ...subject, packages: batch.data.objects.flatMap(packagesOf) });
  }

  #standingOf(object: ReplicationObject, from: KnownNeighbour) {
    const { place, database, parent } = this.#deps;
    const hearer = { here: place.site, parent, sites: knownSites(database), nowMs: place.clock.now() };
    return standingOf(object, from, hearer);
  }

  /** `Distmgr.box/Incoming/<PackageID>.PKG`, unless what is known or waits there is as new. */
  async #handOnDefinition(
    { definition }: Extract<ReplicationObject, { kind: "package" }>,
    subject: Subject,
  ): Promise<void> {
    const { place, database } = this.#deps;
    const path = join(
      place.folders.distributionManagerIncoming,
      definition.id + stages.incomingDefinition.ready,
    );
    const reporter = subject.request ? place.reporter.about(subject.request) : place.reporter;
    const waiting = await readDocument(path).then(
      (text) => incomingDefinition.safeParse(JSON.parse(text.toString("utf8"))).data?.definition,
      (error: unknown) => {
        if (!isMissing(error) && !(error instanceof NoDocumentError)) throw error;
        return undefined; // none there, or Distribution Manager takes it at this moment
      },
    );
    const known = Math.max(
      waiting?.definitionVersion ?? 0,
      packageById(database, definition.id)?.definitionVersion ?? 0,
    );
    if (known >= definition.definitionVersion) {
      reporter.info(`A newer definition of package ${definition.id} already arrived`);
      return;
    }
    const { id, sourceVersion } = definition;
    await putDocument(place, path, { version: 1, definition }, { ...subject, packages: [id], sourceVersion });
    reporter.info(`Received the definition of package ${id}, source version ${sourceVersion}`);
  }
}
