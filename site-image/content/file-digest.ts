/**
 * The digest of a file as it is on the disk.
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

/** One buffer, used again: streams would allocate each block anew, which for large files is what memory goes into. */
const blockBytes = 1024 * 1024;

/** The SHA-256 of a file in hex. Rejects with the system's error. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await using file = await open(path, "r");
  const { size } = await file.stat();
  const block = Buffer.allocUnsafeSlow(Math.max(1, Math.min(blockBytes, size)));
  for (;;) {
    const { bytesRead } = await file.read(block, 0, block.length);
    if (bytesRead === 0) return hash.digest("hex");
    hash.update(block.subarray(0, bytesRead));
  }
}
