import type { Writable } from "node:stream";

/**
 * Writes every block into a stream and ends it, taking the next block while one is worked on. Unlike `pipeline` it
 * knows when a block has been used up, so two blocks of memory are enough: a block may be overwritten when the next
 * but one is asked for. When it rejects, whoever reads the stream gets the same error.
 */
export async function feed(stream: Writable, blocks: AsyncIterable<Buffer>): Promise<void> {
  stream.on("error", () => {}); // whoever reads the stream hears of it too
  let used: Promise<void> = Promise.resolve();
  try {
    for await (const block of blocks) {
      await used;
      used = write(stream, block);
      used.catch(() => {}); // thrown above or below, unless reading the next block fails before
    }
    await used;
    stream.end();
  } catch (error) {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

function write(stream: Writable, block: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    // A stream that is destroyed while it works on a block closes without calling back for that block.
    const onClose = (): void => reject(stream.errored ?? new Error("the stream was closed"));
    stream.once("close", onClose);
    stream.write(block, (error) => {
      stream.off("close", onClose);
      if (error) reject(error);
      else resolve();
    });
  });
}
