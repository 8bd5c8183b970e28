/**
 * Acknowledges a body while it comes: interim answers `104` with the `Upload-Offset` read so far, for a sender that
 * has to know what has left the wire (docs/share.md). Read is not held: what a resume begins at is for HEAD to say.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

import { Refusal } from "./refusal.ts";
import { acknowledgeHeader, acknowledgeStatus, byteCount } from "./tus-headers.ts";

/** With so many acknowledgements unsent their reader is behind, and the next one tells it all. */
const mostUnsentBytes = 16 * 1024;

/**
 * What to call with the bytes of every chunk that is read, from `offset` on; undefined where none asks. One
 * acknowledgement for all that is read in one turn of the event loop.
 */
export function acknowledging(
  request: IncomingMessage,
  response: ServerResponse,
  offset: number,
): ((bytes: number) => void) | undefined {
  const asked = request.headers[acknowledgeHeader.toLowerCase()];
  if (asked === undefined || request.httpVersion === "1.0") return undefined;
  const everyBytes = byteCount(acknowledgeHeader, String(asked));
  if (everyBytes === 0) throw new Refusal("METADATA_REFUSED", `expected ${acknowledgeHeader} as 1 or more`);
  let read = offset;
  let acknowledged = offset;
  let isDue = false;
  const acknowledge = () => {
    isDue = false;
    if (response.headersSent || response.destroyed || response.writableLength > mostUnsentBytes) return;
    acknowledged = read;
    response.writeInformation(acknowledgeStatus, { "Upload-Offset": String(read) });
  };
  return (bytes) => {
    read += bytes;
    if (isDue || read - acknowledged < everyBytes) return;
    isDue = true;
    setImmediate(acknowledge);
  };
}
