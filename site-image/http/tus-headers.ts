/**
 * The headers of the tus resumable upload protocol 1.0.0, read strictly and written: what is malformed is refused
 * with what was expected. Both ends of a transfer use it. Knows nothing of files.
 */
import { Refusal } from "./refusal.ts";

export const tusVersion = "1.0.0";
export const tusExtensions = "creation,creation-with-upload,checksum,termination,expiration";
/** The media type of a piece of an upload. */
export const pieceType = "application/offset+octet-stream";
export const checksumAlgorithm = "sha256";
/** Carries a refusal's code, for an answer to HEAD has no body to put it in. */
export const refusalCodeHeader = "Refusal-Code";

/** By which sender a request comes: LAN unless it says otherwise. What came over a RAS line did not come over the WAN. Ours. */
export const senderHeader = "Address-Type";

/** Asks the share to acknowledge what it reads, at least every so many bytes (share-acknowledge.ts). Ours. */
export const acknowledgeHeader = "Upload-Acknowledge";
/** What a paced sender asks for: no more than the smallest blocks it sends. */
export const acknowledgeEveryBytes = 16;
/** Upload Resumption Supported, of the resumable upload draft of the IETF. */
export const acknowledgeStatus = 104;

/** A number of bytes: `Upload-Length` or `Upload-Offset`. */
export function byteCount(header: string, text: string | undefined): number {
  if (text !== undefined && /^[0-9]{1,15}$/.test(text)) return Number(text);
  throw malformed(`expected ${header} as a number of bytes, got ${JSON.stringify(text ?? null)}`);
}

export type UploadMetadata = {
  readonly filename: string;
  /** Of the whole file, in lower-case hex; empty where there is none. */
  readonly sha256: string;
};

/** `Upload-Metadata`: the two keys known here. Others are allowed, and not kept. */
export function readMetadata(text: string | undefined): UploadMetadata {
  const pairs = new Map<string, string>();
  for (const pair of (text ?? "").split(",")) {
    const [, key, encoded = ""] = /^\s*([!-+\--~]+)(?: ([A-Za-z0-9+/]*={0,2}))?\s*$/.exec(pair) ?? [];
    if (!key) throw malformed("expected Upload-Metadata as keys with values in base64, separated by commas");
    if (pairs.has(key)) throw malformed(`expected the key ${key} once in Upload-Metadata`);
    pairs.set(key, Buffer.from(encoded, "base64").toString("utf8"));
  }
  const filename = pairs.get("filename");
  if (!filename) throw malformed("expected a filename in Upload-Metadata");
  const sha256 = pairs.get("sha256") ?? "";
  if (!/^([0-9a-f]{64})?$/i.test(sha256))
    throw malformed("expected sha256 in Upload-Metadata as 64 hex digits");
  return { filename, sha256: sha256.toLowerCase() };
}

export function writeMetadata({ filename, sha256 }: UploadMetadata): string {
  const value = (text: string) => Buffer.from(text).toString("base64");
  return sha256 === ""
    ? `filename ${value(filename)}`
    : `filename ${value(filename)},sha256 ${value(sha256)}`;
}

/** `Upload-Checksum`: the digest that the piece must have, undefined where none is announced. */
export function readChecksum(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined;
  const encoded = /^sha256 ([A-Za-z0-9+/]{43}=)$/.exec(text)?.[1];
  if (!encoded) throw new Refusal("WRONG_CHECKSUM_ALGORITHM", `got ${JSON.stringify(text)}`);
  return Buffer.from(encoded, "base64");
}

export function writeChecksum(digest: Buffer): string {
  return `${checksumAlgorithm} ${digest.toString("base64")}`;
}

/** A moment of emulated time as RFC 9110 writes it. */
export function httpDate(emulatedMs: number): string {
  return new Date(emulatedMs).toUTCString();
}

function malformed(what: string): Refusal {
  return new Refusal("METADATA_REFUSED", what);
}
