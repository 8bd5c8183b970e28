/**
 * Chance that can be repeated: the same words always draw the same number, so a run with the same seed meets the same
 * faults, in whatever order its sites come to them.
 */

/** A number from 0 up to 1 for `words` (FNV-1a, then the finalizer of MurmurHash3 to spread it). */
export function drawn(words: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < words.length; index++) {
    hash = Math.imul(hash ^ words.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
