/**
 * The bytes of a file as a transfer takes them: large blocks in two buffers used in turn, the next one being read
 * while one is sent. This is the byte source of a sender: what paces or delays a transfer wraps it.
 *
 * A block belongs to who asked for it until the next one is asked for; then its buffer is filled again. Who keeps a
 * block for longer, or a part of it, copies it.
 */
import type { FileHandle } from "node:fs/promises";

/** At 64 KiB and more, undici over HTTP/1 asks for the next block when this one has left (tus-client.ts). */
const blockBytes = 512 * 1024;

/** The bytes from `offset` up to `end`. Throws where the file is shorter. */
export async function* fileBytes(file: FileHandle, offset: number, end: number): AsyncGenerator<Uint8Array> {
  const buffers = [Buffer.allocUnsafeSlow(blockBytes), Buffer.allocUnsafeSlow(blockBytes)] as const;
  let position = offset;
  let turn: 0 | 1 = 0;
  const readNext = () => {
    const block = buffers[turn].subarray(0, Math.min(blockBytes, end - position));
    const ahead = readWhole(file, block, position);
    ahead.catch(() => {}); // thrown where it is awaited, if it still is
    position += block.length;
    turn = turn === 0 ? 1 : 0;
    return ahead;
  };
  for (let ahead = position < end ? readNext() : undefined; ahead; ) {
    const block: Uint8Array = await ahead;
    ahead = position < end ? readNext() : undefined;
    yield block;
  }
}

async function readWhole(file: FileHandle, block: Buffer, position: number): Promise<Buffer> {
  for (let filled = 0; filled < block.length; ) {
    const { bytesRead } = await file.read(block, filled, block.length - filled, position + filled);
    if (bytesRead === 0) throw new Error(`the file ends at byte ${position + filled}`);
    filled += bytesRead;
  }
  return block;
}
