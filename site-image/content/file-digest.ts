/**
 * The digest of a file as it is on the disk.
 */
import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";

import { isMissing } from "../inboxes/whole-file.ts";

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

/** True if the file is there and has the length and digest. */
export async function isWhole(path: string, expected: { bytes: number; sha256: string }): Promise<boolean> {
  try {
    if ((await stat(path)).size !== expected.bytes) return false;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  return (await sha256OfFile(path)) === expected.sha256;
}
