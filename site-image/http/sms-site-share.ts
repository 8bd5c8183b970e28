/**
 * The SMS_SITE share: where other sites put package and instruction files (docs/share.md). It speaks tus 1.0.0 (core,
 * creation, checksum, termination, expiration) and one thing more, the commit: `MOVE <request>.TMP` to `.SNI`.
 * Here are the routes and their headers; what they do is in the files beside.
 * Takes nothing from who does not show the account and secret of an attached site, and no name but a request's.
 */
import { type Request, type RequestHandler, type Response, Router } from "express";

import type { IntakeLimits } from "../../domain/intake-limits.ts";
import { isReceived } from "../database/uploads.ts";
import type { Place } from "../inboxes/inbox.ts";
import { shareParts } from "../inboxes/stages.ts";
import type { Wan } from "../senders/wan.ts";
import { Intake } from "./intake.ts";
import { Refusal } from "./refusal.ts";
import { acknowledging } from "./share-acknowledge.ts";
import { commitRequest, isCommitted } from "./share-commit.ts";
import {
  committedFileOf,
  committedPart,
  instructionFileOf,
  isOf,
  ownName,
  packageFileOf,
  type ShareName,
  shareNameOf,
} from "./share-name.ts";
import { takePiece } from "./share-piece.ts";
import { finishCommits } from "./share-recovery.ts";
import { shareRefusals } from "./share-refusals.ts";
import { type SharePlace, ShareUploads } from "./share-uploads.ts";
import { fromOf, siteAuthentication } from "./site-authentication.ts";
import { byteCount, httpDate, readChecksum, readMetadata, writeMetadata } from "./tus-headers.ts";
import { assertPiece, hasBody, stopBody, tusOptions, tusRequest } from "./tus-requests.ts";
import { throwAwayRest } from "./unread-body.ts";
import type { Upload } from "./upload.ts";
import { overWan, paceIn } from "./wan-receive.ts";

export type ShareDeps = SharePlace & {
  /** Of one package file. Default: no limit but the disk. */
  readonly maxBytes?: number;
  /** How much is taken in at a time. Default: the standard limits. */
  readonly intake?: IntakeLimits | undefined;
  /** What comes in comes over it. Default: at loopback speed. */
  readonly wan?: Wan | undefined;
};

/** An instruction is one small document. */
const maxInstructionBytes = 1024 * 1024;

/** The share's routes, relative to where they are mounted. Once recovered (share-recovery.ts) they may be served. */
export function smsSiteShare(deps: ShareDeps): Router {
  const share = new Share(deps);
  const router = Router({ caseSensitive: true });
  router.use(tusRequest);
  router.options("/{*name}", tusOptions(deps.maxBytes));
  router.use(share.assertOpen, siteAuthentication(deps));
  if (deps.wan) router.use(overWan(deps.wan, deps.signal));
  router.post("/", share.create);
  router.head("/:name", share.look);
  router.patch("/:name", share.append);
  router.delete("/:name", share.terminate);
  router.move("/:name", share.commit);
  router.use((request: Request) => {
    throw new Refusal("METHOD_NOT_ALLOWED", `${request.method} ${request.path}`);
  });
  router.use(shareRefusals(deps));
  void share.uploads.sweep();
  deps.place.disk.onOver(() => void share.finishCommits(), deps.signal);
  return router;
}

class Share {
  readonly uploads: ShareUploads;
  readonly #deps: ShareDeps;
  readonly #place: Place;
  readonly #intake: Intake;

  constructor(deps: ShareDeps) {
    this.#deps = deps;
    this.#intake = new Intake(deps.place.clock, deps.intake);
    this.#place = deps.place;
    this.uploads = new ShareUploads(deps);
  }

  readonly assertOpen: RequestHandler = (_request, _response, next) => {
    this.uploads.assertOpen();
    next();
  };

  /** For requests whose sender has no reason any more to ask for the commit again. Never rejects. */
  async finishCommits(): Promise<void> {
    try {
      await finishCommits(this.#place, this.#deps.database, this.uploads.locks);
    } catch (error) {
      this.#place.reporter.error("cannot finish what was received; its sender's next try does", error);
    }
  }

  /** tus creation: makes an upload or finds the one that was begun. A body is its first piece. */
  readonly create: RequestHandler = async (request, response) => {
    const askedMs = this.#place.clock.realNow();
    const from = fromOf(response);
    const length = byteCount("Upload-Length", request.get("Upload-Length"));
    const { filename, sha256 } = readMetadata(request.get("Upload-Metadata"));
    const checksum = readChecksum(request.get("Upload-Checksum"));
    const name = shareNameOf(filename);
    if (!name || name.extension === committedPart || !isOf(name.request, from.code)) {
      throw new Refusal("NAME_REFUSED", `got ${JSON.stringify(filename)} from site ${from.code}`);
    }
    if (hasBody(request)) assertPiece(request);
    this.#refuseTooLarge(name, length);
    using _ = await this.uploads.locks.take(name.name, () => stopBody(request));
    // Asked under the lock: once received, the file is the Despooler's and must not be made anew.
    if (isReceived(this.#deps.database, name.request, from.code)) {
      throw new Refusal("ALREADY_RECEIVED", name.request);
    }
    this.#intake.reserve(name.name);
    const upload = await this.uploads.make({ name: name.name, site: from.code, length, sha256 });
    if (upload.isFilled) this.#intake.giveBack(name.name);
    if (hasBody(request) && upload.offset === 0) {
      const piece = { request, checksum, pace: paceIn(response), askedMs };
      if (!(await takePiece(this.#parts, upload, name, piece))) return;
      await this.#finishIfFilled(upload);
    } else {
      throwAwayRest(request, this.#place.clock); // its bytes are held already
      await this.#settle(upload);
    }
    this.#answerState(response, upload);
    response.status(201).location(`${request.baseUrl}/${name.name}`).end();
  };

  /** tus: how much of an upload is held. For `<request>.SNI`: whether the request is received. */
  readonly look: RequestHandler = async (request, response) => {
    const from = fromOf(response);
    const name = ownName(nameIn(request), from.code);
    if (name.extension === committedPart) {
      if (!isCommitted(this.#parts, name.request, from.code)) {
        throw new Refusal("UNKNOWN_UPLOAD", name.name);
      }
      response.status(200).end();
      return;
    }
    using _ = await this.uploads.locks.take(name.name, () => {});
    const upload = this.#find(name);
    await this.#settle(upload);
    this.#answerState(response, upload);
    response.set({ "Upload-Length": String(upload.row.length), "Upload-Metadata": metadataOf(upload) });
    response.status(200).end();
  };

  /** tus: adds a piece at the offset. Acknowledges on the way what it reads, where that is asked for. */
  readonly append: RequestHandler = async (request, response) => {
    const name = ownName(nameIn(request), fromOf(response).code);
    assertPiece(request);
    const offset = byteCount("Upload-Offset", request.get("Upload-Offset"));
    const checksum = readChecksum(request.get("Upload-Checksum"));
    using _ = await this.uploads.locks.take(name.name, () => stopBody(request));
    const upload = this.#find(name);
    if (offset !== upload.offset) {
      throw new Refusal("WRONG_OFFSET", `${name.name} holds ${upload.offset} bytes, got ${offset}`);
    }
    const onRead = acknowledging(request, response, offset);
    const piece = { request, checksum, pace: paceIn(response), onRead };
    if (!(await takePiece(this.#parts, upload, name, piece))) return;
    await this.#finishIfFilled(upload);
    this.#answerState(response, upload);
    response.status(204).end();
  };

  /** tus termination. */
  readonly terminate: RequestHandler = async (request, response) => {
    const name = ownName(nameIn(request), fromOf(response).code);
    using _ = await this.uploads.locks.take(name.name, () => {});
    await this.uploads.remove(this.#find(name), "its sender gave it up");
    this.#intake.giveBack(name.name);
    response.status(204).end();
  };

  /** The commit, with the verb of RFC 4918. */
  readonly commit: RequestHandler = async (request, response) => {
    const from = fromOf(response);
    const { request: id, name } = ownName(nameIn(request), from.code);
    const destination = (request.get("Destination") ?? "").replace(/^https?:\/\/[^/]+/i, "");
    if (name !== instructionFileOf(id) || destination !== `${request.baseUrl}/${committedFileOf(id)}`) {
      throw new Refusal(
        "NAME_REFUSED",
        `expected to move ${instructionFileOf(id)} to ${committedFileOf(id)}`,
      );
    }
    using _package = await this.uploads.locks.take(packageFileOf(id), () => {});
    using _instruction = await this.uploads.locks.take(instructionFileOf(id), () => {});
    const isFirst = await commitRequest(this.#parts, id, from);
    response.status(isFirst ? 201 : 204).end();
  };

  /** What those in the files beside work with. */
  get #parts() {
    const { place, database, signal } = this.#deps;
    return { place, database, signal, uploads: this.uploads, intake: this.#intake };
  }

  async #finishIfFilled(upload: Upload): Promise<void> {
    if (upload.isFilled) await this.uploads.finish(upload);
  }

  /** So that the offset told is one to go on from: a file found damaged stands at 0 again. */
  async #settle(upload: Upload): Promise<void> {
    try {
      await this.#finishIfFilled(upload);
    } catch (error) {
      if (!(error instanceof Refusal && error.code === "WRONG_CHECKSUM")) throw error;
    }
  }

  #find({ name }: ShareName): Upload {
    const upload = this.uploads.find(name);
    if (!upload) throw new Refusal("UNKNOWN_UPLOAD", name);
    return upload;
  }

  #refuseTooLarge({ name, extension }: ShareName, length: number): void {
    const most = extension === shareParts.instruction ? maxInstructionBytes : this.#deps.maxBytes;
    if (most !== undefined && length > most) {
      throw new Refusal("TOO_LARGE", `${name} has ${length} bytes, at most ${most} are taken`);
    }
  }

  #answerState(response: Response, { offset, row }: Upload): void {
    this.uploads.assertOpen();
    response.set({
      "Upload-Offset": String(offset),
      "Upload-Expires": httpDate(this.uploads.expiresMs(row.name)),
    });
  }
}

function nameIn(request: Request): string {
  return String(request.params.name);
}

function metadataOf({ row }: Upload): string {
  return writeMetadata({ filename: row.name, sha256: row.sha256 });
}
