/**
 * Despooler: carries out the instructions that were committed on the SMS_SITE share (`<request>.SNI`), each with its
 * package file (`<request>.PCK`). It trusts nothing but the signature of a neighbour, and that only for what is its to
 * say (domain/authority.ts): length and digest of the package file are checked against what was signed. While one is
 * carried out it is `.IST`.
 */
import { whyNotInstructed } from "../../../domain/authority.ts";
import { requestId, type SiteCode } from "../../../domain/identifiers.ts";
import { type Component, workThrough } from "../../component.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import { knownSites, neighbourByCode } from "../../database/sites.ts";
import { jsonOf } from "../../inboxes/document-file.ts";
import { type InstructionBody, instruction, instructionBody } from "../../inboxes/documents.ts";
import { Inbox, type Place } from "../../inboxes/inbox.ts";
import type { ReplicationOutbox } from "../../inboxes/replication-outbox.ts";
import { stages } from "../../inboxes/stages.ts";
import { digestOfSigned, isSignedBy } from "../../security/site-key.ts";
import { Turns } from "../../turns.ts";
import { ReceivedContent } from "./received-content.ts";
import { ReceivedInstruction } from "./received-instruction.ts";
import { ReceivedObjects } from "./received-objects.ts";

type Deps = { place: Place; database: SiteDatabase; outbox: ReplicationOutbox; parent: SiteCode | null };

/** Despooling threads (domain.md section 5). */
const threads = 3;

export class Despooler implements Component {
  readonly name = "SMS_DESPOOLER";
  readonly log = "despool";
  readonly #deps: Deps;
  readonly #receive: Inbox;
  readonly #objects: ReceivedObjects;
  readonly #content: ReceivedContent;
  /** Versions of one package may come at the same time; an older one must not replace what a newer one left. */
  readonly #turns = new Turns();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#receive = new Inbox(deps.place.folders.receive, stages.instruction, deps.place);
    this.#objects = new ReceivedObjects(deps, this.#turns);
    this.#content = new ReceivedContent(deps, () => this.#receive.hurry());
  }

  async recover(): Promise<void> {
    await this.#receive.recover();
  }

  async run(signal: AbortSignal): Promise<void> {
    // Five minutes are the rule of the field; a definition that has come meanwhile ends the wait (ours).
    this.#deps.database.onCommit(() => this.#content.hurryWhenDefined(), signal, ["package"]);
    await workThrough(
      {
        place: this.#deps.place,
        inbox: this.#receive,
        schema: instruction,
        concurrency: threads,
        handle: ({ body, signature }, file, stop) =>
          this.#carryOut(body, signature, new ReceivedInstruction(file, this.#deps.place), stop),
      },
      signal,
    );
  }

  async #carryOut(
    text: string,
    signature: string,
    received: ReceivedInstruction,
    signal: AbortSignal,
  ): Promise<void> {
    const { place, database } = this.#deps;
    const { file } = received;
    const id = requestId.safeParse(file.name).data;
    const reporter = id ? place.reporter.about(id) : place.reporter;
    reporter.info(`Found ready instruction ${file.name}${stages.instruction.ready}`);
    const body = bodyOf(text);
    const sender = body && neighbourByCode(database, body.source);
    if (!body || !sender || !isSignedBy(sender.publicKey, text, signature)) {
      return received.refuse("it is not signed by a site that is attached here");
    }
    if (body.request !== file.name) return received.refuse(`it was made for request ${body.request}`);
    if (body.destination !== place.site) return received.refuse(`it was made for site ${body.destination}`);
    const hearer = { here: place.site, sites: knownSites(database) };
    const whyNot = whyNotInstructed(body.work.kind, body.finalSite, sender, hearer);
    if (whyNot) return received.refuse(whyNot);
    reporter.info(`Signature checked out OK for instruction coming from site ${body.source}`);
    const { work } = body;
    const subject = { request: body.request, job: body.job, peer: body.source };
    reporter.event({
      action: "accepted",
      ...subject,
      file: place.folders.shown(file.path),
      digest: digestOfSigned(text, signature),
    });
    if (work.kind === "package") {
      const about = { ...subject, packages: [work.packageId] };
      return this.#turns.take(work.packageId, async () => {
        try {
          await this.#content.take(body, work, received, about, signal);
        } catch (error) {
          if (!signal.aborted) throw error;
          await file.release(0, about); // a merge is long, and begins anew with the next start
        }
      });
    }
    return this.#objects.take(body, sender, received, subject);
  }
}

function bodyOf(text: string): InstructionBody | undefined {
  return instructionBody.safeParse(jsonOf(text)).data;
}
