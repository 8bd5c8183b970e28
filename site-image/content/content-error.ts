/**
 * What can go wrong with the content of a package, as classes: each says whether trying again can help,
 * and names the path it is about. An aborted signal is not one of them: then the signal's own reason comes out.
 */

export abstract class ContentError extends Error {
  /** Whether the same call can succeed later without anybody changing the request. */
  abstract readonly retryable: boolean;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The source folder, or something in it, is missing or cannot be read. */
export class SourceMissingError extends ContentError {
  readonly retryable = true;
  readonly path: string;
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`cannot read ${path}: ${reason}`, options);
    this.path = path;
  }
}

/** A path that no package may carry. `path` is relative to the source folder. */
export type RefusedPath = { readonly path: string; readonly reason: string };

/** The source folder holds paths that no package may carry. */
export class SourceRefusedError extends ContentError {
  readonly retryable = false;
  readonly folder: string;
  /** The first 20 of them by name. */
  readonly refused: readonly RefusedPath[];
  readonly count: number;
  constructor(folder: string, refused: readonly RefusedPath[]) {
    const shown = firstByPath(refused);
    const words = shown.map(({ path, reason }) => `${quoted(path)} (${reason})`);
    super(`${folder} holds what a package cannot carry: ${someOf(words, refused.length)}`);
    this.folder = folder;
    this.refused = shown;
    this.count = refused.length;
  }
}

/** The source folder changed while it was read. */
export class SourceChangedError extends ContentError {
  readonly retryable = true;
  readonly folder: string;
  /** The first 20 paths that changed, relative to the folder; "." is the folder itself. */
  readonly paths: readonly string[];
  constructor(folder: string, paths: readonly string[], options?: ErrorOptions) {
    const shown = paths.slice(0, mostShown);
    super(`${folder} changed while it was read: ${someOf(shown.map(quoted), paths.length)}`, options);
    this.folder = folder;
    this.paths = shown;
  }
}

/** The archive is not there or cannot be read. */
export class ArchiveMissingError extends ContentError {
  readonly retryable = true;
  readonly archive: string;
  constructor(archive: string, reason: string, options?: ErrorOptions) {
    super(`cannot read the archive ${archive}: ${reason}`, options);
    this.archive = archive;
  }
}

/** The bytes of the archive are not the bytes that were announced. */
export class ArchiveDamagedError extends ContentError {
  readonly retryable = false;
  readonly archive: string;
  constructor(archive: string, expected: string, found: string, options?: ErrorOptions) {
    super(`the archive ${archive} is damaged: expected sha256 ${expected}, found ${found}`, options);
    this.archive = archive;
  }
}

/** The archive is as announced, but holds what must not be unpacked. */
export class ArchiveRefusedError extends ContentError {
  readonly retryable = false;
  readonly archive: string;
  constructor(archive: string, reason: string, options?: ErrorOptions) {
    super(`refused to unpack ${archive}: ${reason}`, options);
    this.archive = archive;
  }
}

/** The content could not be written: the disk is full, or the folder cannot be written to. */
export class ContentWriteError extends ContentError {
  readonly retryable = true;
  readonly path: string;
  constructor(path: string, options: ErrorOptions) {
    super(`cannot write ${path}: ${wordsOf(options.cause)}`, options);
    this.path = path;
  }
}

/** A package share was asked for what it cannot do. */
export class ShareRefusedError extends ContentError {
  readonly retryable = false;
  readonly path: string;
  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`);
    this.path = path;
  }
}

/**
 * What to throw when reading `path` under the source `folder` failed with `cause`. What the listing found a moment
 * ago and is not there now has changed; everything else cannot be read.
 */
export function sourceFailure(folder: string, path: string, cause: unknown): Error {
  const code = codeOf(cause);
  const vanished = code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" || code === "ENXIO";
  if (vanished) return new SourceChangedError(folder, [path], { cause });
  return new SourceMissingError(`${folder}/${path}`, wordsOf(cause), { cause });
}

/** The system's code of an error, such as "ENOENT", or undefined. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** An error in a few words, for the end of a message. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A name as it can be shown in one line: a package may hold names with a newline in them. */
export const quoted = (path: string): string => JSON.stringify(path);

const mostShown = 20;

function firstByPath(refused: readonly RefusedPath[]): RefusedPath[] {
  return refused.toSorted((a, b) => (a.path < b.path ? -1 : 1)).slice(0, mostShown);
}

function someOf(shown: readonly string[], count: number): string {
  return shown.join(", ") + (count > shown.length ? ` and ${count - shown.length} more` : "");
}
