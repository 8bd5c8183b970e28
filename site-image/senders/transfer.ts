/**
 * One delivery of a request to another site's SMS_SITE share: the package file from where the target stands, then the
 * instruction, then the commit. Doing it again after a crash of either side at any point changes nothing more: what
 * the target holds is asked, never remembered.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import type { SiteShare } from "../../domain/address.ts";
import type { RequestId, SiteCode } from "../../domain/identifiers.ts";
import type { SenderType } from "../../domain/package.ts";
import { asItIs } from "../content/open-flags.ts";
import { instructionFileOf, packageFileOf } from "../http/share-name.ts";
import { readDocument } from "../inboxes/document-file.ts";
import { fileBytes } from "./file-bytes.ts";
import type { Pace } from "./pace.ts";
import { pacedBytes } from "./paced-bytes.ts";
import { SendError } from "./send-error.ts";
import type { SiteConnections } from "./site-connections.ts";
import { type Piece, TusClient } from "./tus-client.ts";
import { UnderWay } from "./under-way.ts";

export type TransferJob = {
  /** The site to send to, for what is said of it. */
  readonly site: SiteCode;
  readonly target: SiteShare;
  /** Default: LAN. */
  readonly sender?: SenderType;
  readonly request: RequestId;
  readonly packageFile: { readonly path: string; readonly bytes: number; readonly sha256: string };
  readonly instructionFile: { readonly path: string };
  /** What limits the bytes of both files. Default: nothing. */
  readonly pace?: Pace | undefined;
  /** Waits before every request and before every answer is acted on. Default: not at all. */
  delay?(signal: AbortSignal): Promise<void>;
};

export type TransferHooks = {
  /** The target has answered. */
  connected(): void;
  /** The package file is sent from `offset` on. */
  started(offset: number): void;
  /** All bytes before `offset` have been handed over. Once a block, so often. */
  progress(offset: number): void;
};

/**
 * Resolves once the target has committed the request, by this call or before it. Rejects with a SendError, or with
 * the reason of `signal` as soon as that aborts.
 */
export type Transfer = (job: TransferJob, hooks: TransferHooks, signal: AbortSignal) => Promise<void>;

export function transferOver(connections: SiteConnections): Transfer {
  return async (job, hooks, signal) => {
    const { site, target: share, sender, request } = job;
    const pool = connections.to(share.url);
    const client = new TusClient({ site, share, sender, pool, signal, delay: job.delay });
    const isReceived = await client.isReceived(request);
    hooks.connected();
    if (isReceived) return;
    try {
      await sendPackageFile(client, job, hooks, signal);
      await sendInstruction(client, job, signal);
    } catch (error) {
      // The target has it, and what is missing is the end of its commit: which the commit below does.
      if (!(error instanceof SendError && error.code === "ALREADY_RECEIVED")) throw error;
    }
    await client.commit(request);
  };
}

/** Has the target drop what it holds of a request that is not sent any more, and has not been taken. */
export function withdrawalOver(connections: SiteConnections): Transfer {
  return async ({ site, target: share, sender, request, delay }, _hooks, signal) => {
    const client = new TusClient({ site, share, sender, pool: connections.to(share.url), signal, delay });
    for (const name of [packageFileOf(request), instructionFileOf(request)]) await client.terminate(name);
  };
}

/** A file up to here goes with the request that makes its upload, where no limit says how fast. */
const goesWholeBytes = 64 * 1024;

async function sendPackageFile(
  client: TusClient,
  job: TransferJob,
  hooks: TransferHooks,
  signal: AbortSignal,
): Promise<void> {
  const { path, bytes, sha256 } = job.packageFile;
  const name = packageFileOf(job.request);
  await using file = await openToSend(path, bytes);
  const whole = job.pace || bytes === 0 || bytes > goesWholeBytes ? undefined : await file.readFile();
  if (whole) hooks.started(0); // before a byte leaves
  const offset = await client.create(name, bytes, sha256, whole);
  if (whole && offset === bytes) return hooks.progress(offset);
  hooks.started(offset);
  if (offset >= bytes) return;
  const source = fileBytes(file, offset, bytes);
  const progress = (reached: number) => hooks.progress(reached);
  await append(client, { name, offset, bytes: bytes - offset, source, progress }, job.pace, signal);
}

/** A small piece, checked by the target before it counts. */
async function sendInstruction(
  client: TusClient,
  { request, instructionFile, pace }: TransferJob,
  signal: AbortSignal,
): Promise<void> {
  const document = await readToSend(instructionFile.path);
  const name = instructionFileOf(request);
  const whole = pace || document.length === 0 ? undefined : document;
  const offset = await client.create(name, document.length, digestOf(document).toString("hex"), whole);
  if (offset >= document.length) return;
  const rest = document.subarray(offset);
  const piece = { name, offset, bytes: rest.length, source: oneBlock(rest), sha256: digestOf(rest) };
  await append(client, piece, pace, signal);
}

async function append(
  client: TusClient,
  piece: Piece,
  pace: Pace | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (!pace) return client.append(piece);
  const over = new AbortController();
  using underWay = new UnderWay(pace, piece.offset);
  const source = pacedBytes(piece.source, pace, underWay, AbortSignal.any([signal, over.signal]));
  try {
    await client.append({ ...piece, source, acknowledged: (offset) => underWay.acknowledged(offset) });
  } finally {
    over.abort(); // what still waits for its turn is not sent any more
  }
}

async function* oneBlock(block: Uint8Array): AsyncGenerator<Uint8Array> {
  yield block;
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** What cannot be read here does not get better by sending it again. */
async function openToSend(path: string, bytes: number): Promise<FileHandle> {
  const file = await open(path, asItIs).catch((cause: unknown) => unreadable(path, cause));
  const { size } = await file.stat();
  if (size === bytes) return file;
  await file.close();
  throw new SendError(`${basename(path)} has ${size} bytes, expected ${bytes}`, { retryable: false });
}

function readToSend(path: string): Promise<Buffer> {
  return readDocument(path).catch((cause: unknown) => unreadable(path, cause));
}

function unreadable(path: string, cause: unknown): never {
  throw new SendError(`cannot read ${basename(path)}`, { retryable: false, cause });
}
