/**
 * Refusals: every "no" a site answers over HTTP, with its code, status and words. Handlers throw a `Refusal`, one
 * error handler answers it; docs/share.md lists the share's codes, and a test keeps it so.
 */
import type { ErrorRequestHandler } from "express";

import type { Reporter } from "../reporter.ts";

/** The SMS_SITE share's own (tus 1.0.0 where it has a status for it). */
export const shareRefusals = {
  UNSUPPORTED_VERSION: [412, "Tus-Resumable is not 1.0.0"],
  NOT_ATTACHED: [401, "account or secret is not that of a site attached here"],
  NAME_REFUSED: [400, "the name is not <request>.PCK or <request>.TMP of a request of the sending site"],
  METADATA_REFUSED: [400, "Upload-Metadata, Upload-Length or another header is missing or malformed"],
  TOO_LARGE: [413, "Upload-Length is more than this share takes"],
  TOO_LONG: [413, "more bytes came than Upload-Length announced"],
  NO_ROOM: [507, "there is no room for the file"],
  UNKNOWN_UPLOAD: [404, "there is no such upload"],
  NOT_YOURS: [403, "the upload belongs to another site"],
  LOCKED: [423, "another request holds the upload and does not let go of it"],
  WRONG_OFFSET: [409, "Upload-Offset is not the number of bytes held"],
  WRONG_TYPE: [415, "Content-Type is not application/offset+octet-stream"],
  WRONG_CHECKSUM_ALGORITHM: [400, "Upload-Checksum is not sha256 with 32 bytes in base64"],
  WRONG_CHECKSUM: [460, "the bytes do not have the checksum that was announced"],
  NOT_COMPLETE: [409, "the upload is not complete"],
  NOT_DELIVERABLE: [409, "the package file that belongs to the instruction is not here whole"],
  INSTRUCTION_REFUSED: [403, "the instruction is not one that this site takes from the sending site"],
  BUSY: [503, "the share takes no more transfers at a time; Retry-After says when to come again"],
  ALREADY_RECEIVED: [409, "the request has been received before"],
} as const satisfies Record<string, readonly [status: number, words: string]>;

export const refusals = {
  ...shareRefusals,
  // the administrator's faces
  NOT_ADMINISTRATOR: [401, "the administrator's token is missing or wrong (Authorization: Bearer ...)"],
  INVALID: [400, "the request has mistakes"],
  NOT_FOUND: [404, "there is no such thing here"],
  METHOD_NOT_ALLOWED: [405, "this method is not allowed here"],
  CONFLICT: [409, "that cannot be done in the present state"],
  NOT_PRIMARY: [404, "this is a secondary site: the SMS Provider is at the primary site above it"],
  NOT_READY: [503, "the site is starting or stopping"],
  DISK_FAILS: [
    503,
    "the disk of the site fails; what it has is kept, and it goes on when the disk works again",
  ],
} as const satisfies Record<string, readonly [status: number, words: string]>;

export type RefusalCode = keyof typeof refusals;

export type RefusalDetail = { readonly target: string; readonly message: string };

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly details: readonly RefusalDetail[];

  constructor(
    code: RefusalCode,
    what = "",
    details: readonly RefusalDetail[] = [],
    options: ErrorOptions = {},
  ) {
    super(what === "" ? refusals[code][1] : `${refusals[code][1]}: ${what}`, options);
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return refusals[this.code][0];
  }
}

/**
 * Answers a refusal as `{error: {code, message, details}}`; anything else is reported and answered 500, or 503 where the
 * report finds that the disk is what failed.
 */
export function refusalHandler(reporter: Pick<Reporter, "error" | "diskFailed">): ErrorRequestHandler {
  return (error, request, response, next) => {
    const said = error instanceof Refusal ? error : refusalOf(error);
    const isDisk = reporter.diskFailed(error);
    if (!said) reporter.error(`${request.method} ${request.path} failed`, error);
    const refused = said ?? (isDisk ? new Refusal("DISK_FAILS") : undefined);
    if (response.headersSent) return next(error); // express then closes the connection
    const answer = refused ?? {
      status: 500,
      code: "INTERNAL",
      message: "the site met an error; its log says more",
      details: [],
    };
    response
      .status(answer.status)
      .json({ error: { code: answer.code, message: answer.message, details: answer.details } });
  };
}

/** What express itself refuses: a body that is not JSON, a path that cannot be decoded, a body too large. */
function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !("status" in error) || typeof error.status !== "number") return undefined;
  if (error.status === 413) return new Refusal("TOO_LARGE", error.message);
  return error.status >= 400 && error.status < 500 ? new Refusal("INVALID", error.message) : undefined;
}
