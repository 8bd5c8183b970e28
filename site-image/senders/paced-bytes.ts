/**
 * A byte source as a pace lets it leave: in the blocks that the pace gives, none of them before what is under way
 * leaves room. A block belongs to who asked for it until the next one is asked for (file-bytes.ts).
 */
import type { Pace } from "./pace.ts";
import type { UnderWay } from "./under-way.ts";

export async function* pacedBytes(
  source: AsyncIterable<Uint8Array>,
  pace: Pace,
  underWay: UnderWay,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    for (let at = 0; at < piece.length; ) {
      await underWay.room(signal);
      const bytes = await pace.take(piece.length - at, signal);
      underWay.handedOver(bytes);
      yield piece.subarray(at, at + bytes);
      at += bytes;
    }
  }
}
