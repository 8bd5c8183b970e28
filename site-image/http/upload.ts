/**
 * One file on its way into the SMS_SITE share.
 * On disk: the file itself, as long as what it holds. Bytes count once they are written; the upload is complete once
 * all are there, flushed, and have the digest that was announced. The digest is taken as the bytes come; after a
 * restart it is taken from the disk. Its callers hold the upload's lock.
 */
import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { dirname } from "node:path";

import type { Clock } from "../../domain/clock.ts";
import { sha256OfFile } from "../content/file-digest.ts";
import type { UploadRow } from "../database/uploads.ts";
import { flushFolder } from "../inboxes/whole-file.ts";
import type { Pace } from "../senders/pace.ts";
import { BackgroundFlush } from "./background-flush.ts";
import { receiveBody } from "./receive-body.ts";
import { Refusal } from "./refusal.ts";

/** A piece of an upload: a request's body, with the digest it must have where one was announced. */
export type Piece = {
  readonly request: IncomingMessage;
  readonly checksum: Buffer | undefined;
  readonly clock: Clock;
  /** How fast it may be read. Default: as it comes. */
  readonly pace?: Pace | undefined;
  /** What may be gathered before it is written. */
  batchBytes(): number;
  /** Called with the bytes of every chunk as it comes, and how long before it the disk held the reading up. */
  onRead?(bytes: number, heldMs: number): void;
  /** What has come may have been damaged on its way: called with it before it counts. */
  damage?(chunks: readonly Buffer[]): void;
  /** Called after every write. */
  onWritten(): void;
};

type Held = { readonly offset: number; readonly hash: Hash | undefined };

export class Upload {
  readonly row: UploadRow;
  readonly path: string;
  #offset: number;
  /** Has taken the bytes up to the offset; undefined where that is only on the disk. */
  #hash: Hash | undefined;
  #digest: Promise<string> | undefined;
  #finished: Promise<void> | undefined;

  constructor(row: UploadRow, path: string, offset: number) {
    this.row = row;
    this.path = path;
    this.#offset = offset;
    this.#hash = offset === 0 ? createHash("sha256") : undefined;
  }

  /** Bytes held. */
  get offset(): number {
    return this.#offset;
  }

  get isFilled(): boolean {
    return this.#offset === this.row.length;
  }

  /**
   * Adds a request's body. True if all of it came; false if the connection broke, and then what came is held.
   * Refuses with TOO_LONG, NO_ROOM (what is held stays) or WRONG_CHECKSUM (held is what was before).
   */
  async append({
    request,
    checksum,
    clock,
    pace,
    batchBytes,
    onRead,
    damage,
    onWritten,
  }: Piece): Promise<boolean> {
    const sum = checksum && createHash("sha256");
    const before: Held = { offset: this.#offset, hash: sum && this.#hash?.copy() };
    await using file = await open(this.path, "r+");
    const flush = new BackgroundFlush(file);
    let verified = false;
    try {
      const end = await receiveBody({
        request,
        limitBytes: this.row.length - this.#offset,
        clock,
        pace,
        batchBytes,
        onRead,
        write: async (chunks) => {
          damage?.(chunks);
          flush.written(await this.#write(file, chunks, sum));
          onWritten();
        },
      });
      if (end === "too long") throw new Refusal("TOO_LONG", `${this.row.name} has ${this.row.length} bytes`);
      verified = end === "whole" && checksum !== undefined && sum?.digest().equals(checksum) === true;
      if (checksum && end === "whole" && !verified) {
        throw new Refusal("WRONG_CHECKSUM", `${this.row.name} from byte ${before.offset}`);
      }
      return end === "whole";
    } finally {
      if (checksum && !verified) await this.#goBackTo(before, file);
      await this.#orStartOver(flush.done(), file);
    }
  }

  /**
   * Makes sure that an upload with all its bytes is complete: flushed, and with the digest announced. Rejects with
   * WRONG_CHECKSUM, and the upload starts over. True for the caller whose call it became complete in.
   */
  async finish(): Promise<boolean> {
    if (this.#finished) {
      await this.#finished;
      return false;
    }
    this.#finished = this.#finish();
    try {
      await this.#finished;
      return true;
    } catch (error) {
      this.#finished = undefined;
      this.#digest = undefined;
      throw error;
    }
  }

  /** The SHA-256 of all its bytes, in hex. Only for a filled upload. */
  sha256(): Promise<string> {
    this.#digest ??= this.#hash ? Promise.resolve(this.#hash.copy().digest("hex")) : sha256OfFile(this.path);
    return this.#digest;
  }

  async #finish(): Promise<void> {
    await using file = await open(this.path, "r+");
    const [sha256] = await Promise.all([this.sha256(), this.#orStartOver(file.sync(), file)]);
    if (this.row.sha256 !== "" && sha256 !== this.row.sha256) {
      await this.#goBackTo(nothing(), file);
      throw new Refusal("WRONG_CHECKSUM", `${this.row.name} as a whole; it starts over`);
    }
    await flushFolder(dirname(this.path));
  }

  /** Writes one batch; returns its bytes. */
  async #write(file: FileHandle, chunks: readonly Buffer[], sum: Hash | undefined): Promise<number> {
    const from = this.#offset;
    const written = this.#writeAll(file, chunks);
    for (const chunk of chunks) {
      this.#hash?.update(chunk); // while the disk writes it
      sum?.update(chunk);
    }
    try {
      await written;
    } catch (error) {
      this.#hash = undefined; // it may have taken more than the disk
      const where = `byte ${this.#offset} of ${this.row.name}`;
      if (isFull(error)) throw new Refusal("NO_ROOM", `the disk is full at ${where}`, [], { cause: error });
      throw new Error(`cannot write ${where}`, { cause: error });
    }
    return this.#offset - from;
  }

  /** A write may take less than it was given. */
  async #writeAll(file: FileHandle, chunks: readonly Buffer[]): Promise<void> {
    for (let left = chunks; left.length > 0; ) {
      const { bytesWritten } = await file.writev(left, this.#offset);
      this.#offset += bytesWritten;
      left = after(left, bytesWritten);
    }
  }

  /** After a flush that failed nobody knows what is on the disk, so nothing counts. */
  async #orStartOver(flush: Promise<void>, file: FileHandle): Promise<void> {
    try {
      await flush;
    } catch (cause) {
      await this.#goBackTo(nothing(), file);
      throw new Error(`cannot flush ${this.row.name}; it starts over`, { cause });
    }
  }

  async #goBackTo(held: Held, file: FileHandle): Promise<void> {
    await file.truncate(held.offset);
    this.#offset = held.offset;
    this.#hash = held.hash;
    this.#digest = undefined;
  }
}

function nothing(): Held {
  return { offset: 0, hash: createHash("sha256") };
}

/** What is left of `chunks` after their first `bytes`. */
function after(chunks: readonly Buffer[], bytes: number): Buffer[] {
  let skip = bytes;
  const left: Buffer[] = [];
  for (const chunk of chunks) {
    if (skip < chunk.length) left.push(chunk.subarray(skip));
    skip = Math.max(0, skip - chunk.length);
  }
  return left;
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}
