/**
 * Delta replication as in SMS 2003 (domain.md section 3): a site that holds one of the five versions before gets what
 * changed since, file by file; any other gets the whole package. Pure.
 */

/** So many versions back a delta is kept for. */
export const mostVersionsBack = 5;

/**
 * The versions that deltas to `version` are wanted from: those that child sites hold and that are not too far back.
 * 0 stands for a site that holds none, or of which it is not known.
 */
export function deltaBases(held: Iterable<number>, version: number): number[] {
  const near = [...held].filter((base) => base > 0 && base < version && version - base <= mostVersionsBack);
  return [...new Set(near)].sort((a, b) => a - b);
}
