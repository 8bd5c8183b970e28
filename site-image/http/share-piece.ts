/**
 * A piece of an upload, which comes in as the body of a request: its place among what is taken in at a time, who is
 * told of its bytes, and what is said where the connection breaks. Whether the upload is whole then is the caller's to
 * see.
 */
import type { Request } from "express";

import type { Place } from "../inboxes/inbox.ts";
import type { Pace } from "../senders/pace.ts";
import type { Intake } from "./intake.ts";
import { Refusal } from "./refusal.ts";
import type { ShareName } from "./share-name.ts";
import { tellingTraffic } from "./share-traffic.ts";
import type { ShareUploads } from "./share-uploads.ts";
import type { Upload } from "./upload.ts";

type Deps = {
  readonly place: Place;
  readonly signal: AbortSignal;
  readonly uploads: ShareUploads;
  readonly intake: Intake;
};

type IncomingPiece = {
  readonly request: Request;
  readonly checksum: Buffer | undefined;
  readonly pace: Pace | undefined;
  /** When the request came, where its body had to wait for the upload to be made. Real milliseconds. */
  readonly askedMs?: number;
  readonly onRead?: (bytes: number) => void;
};

/**
 * Adds the body to an upload. False if the connection broke: then there is nobody to answer. The caller holds the lock
 * of the upload.
 */
export async function takePiece(
  { place, signal, uploads, intake }: Deps,
  upload: Upload,
  { request: id }: ShareName,
  piece: IncomingPiece,
): Promise<boolean> {
  const { request } = piece;
  const left = upload.row.length - upload.offset;
  if (Number(request.get("Content-Length") ?? 0) > left) {
    throw new Refusal("TOO_LONG", `${upload.row.name} has ${left} bytes left to come`);
  }
  using _ = intake.enter(upload.row.name);
  const from = upload.offset;
  const tell = tellingTraffic(place, upload.row.site, id);
  let waitedMs = piece.askedMs === undefined ? 0 : place.clock.realNow() - piece.askedMs;
  const onRead = (bytes: number, heldMs: number) => {
    tell?.(bytes, heldMs + waitedMs);
    waitedMs = 0;
    piece.onRead?.(bytes);
  };
  const batchBytes = () => intake.batchBytes;
  const whole = await uploads.append(upload, { ...piece, onRead, batchBytes, clock: place.clock });
  if (!whole && !signal.aborted) {
    const { name, site, length } = upload.row;
    place.reporter
      .about(id)
      .warn(`Site ${site} broke off ${name} at byte ${upload.offset} of ${length}, begun at byte ${from}`);
  }
  return whole;
}
