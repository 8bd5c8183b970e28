/**
 * What is sent: files of bytes that do not compress, made once and kept for all rounds.
 */
import { createHash, randomFillSync } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const block = Buffer.alloc(1024 * 1024);

/** Returns its digest. */
export function makeFile(path: string, bytes: number): string {
  const file = openSync(path, "w");
  const hash = createHash("sha256");
  for (let left = bytes; left > 0; left -= block.length) {
    const piece = randomFillSync(block).subarray(0, Math.min(left, block.length));
    writeSync(file, piece);
    hash.update(piece);
  }
  closeSync(file);
  return hash.digest("hex");
}

/** A folder of `count` files of `bytes` each. */
export function makeFolder(folder: string, count: number, bytes: number): void {
  for (let number = 0; number < count; number++) {
    const inside = join(folder, String(Math.floor(number / 1000)));
    if (number % 1000 === 0) mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, `${number}.bin`), randomFillSync(Buffer.alloc(bytes)));
  }
}
