/**
 * The flush of a folder, or of a file that is added to (the log of the site database), shared by all who wait for it:
 * one flush then is the flush of many files, or many commits.
 */
import { flushPath } from "./flushed-file.ts";

/** For each path, the flush under way, and the one that begins after it. */
const flushing = new Map<string, { readonly now: Promise<void>; next?: Promise<void> }>();

/**
 * Resolves when what was done there before the call is on the disk. Callers that wait for the flush under way share the
 * one after it, which begins after the change of each.
 */
export function sharedFlush(path: string): Promise<void> {
  const before = flushing.get(path);
  if (before) {
    before.next ??= before.now.then(
      () => beginFlush(path),
      () => beginFlush(path), // whoever began that one is told of its failure
    );
    return before.next;
  }
  return beginFlush(path);
}

function beginFlush(path: string): Promise<void> {
  const now = flushPath(path);
  const flush: { readonly now: Promise<void>; next?: Promise<void> } = { now };
  flushing.set(path, flush);
  const end = () => {
    if (flushing.get(path) === flush && !flush.next) flushing.delete(path);
  };
  now.then(end, end);
  return now;
}
