/**
 * Moments in the work of a site, told by what it writes: so many changes in one of its folders, so many events in its
 * journal. What waits for one is told within the instant, so a process can be killed between two of its steps.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, watch } from "node:fs";
import { join } from "node:path";

/** Resolves at the `count`-th change of a file in `folder`. Rejects with the signal's reason when that aborts. */
function changesIn(
  folder: string,
  count: number,
  signal: AbortSignal,
  options: { readonly recursive?: boolean } = {},
): Promise<void> {
  let left = count;
  return watched(folder, options, signal, () => --left <= 0);
}

/** Resolves when the journal has `count` events more than now. Rejects with the signal's reason when that aborts. */
export async function journalEvents(root: string, count: number, signal: AbortSignal): Promise<void> {
  const descriptor = openSync(join(root, "journal.jsonl"), "r");
  const piece = Buffer.alloc(64 * 1024);
  let position = fstatSync(descriptor).size;
  let left = count;
  try {
    await watched(root, {}, signal, () => {
      for (let bytes = 1; bytes > 0; position += bytes) {
        bytes = readSync(descriptor, piece, 0, piece.length, position);
        left -= piece.subarray(0, bytes).filter((byte) => byte === 0x0a).length;
      }
      return left <= 0;
    });
  } finally {
    closeSync(descriptor);
  }
}

/** The places of a site where something can be seen to happen, and how many changes are a moment there at most. */
const places = [
  { folder: ".", most: 60 }, // the site database, its log, and the journal
  { folder: "SMS/Inboxes/Despoolr.box/Receive", most: 120 }, // most of them are pieces of a large package file
  { folder: "SMS/Inboxes/Distmgr.box", most: 6 },
  { folder: "SMS/Inboxes/Replmgr.box/Incoming", most: 6 },
  { folder: "SMS/Inboxes/Replmgr.box/Outbound/Low", most: 6 },
  { folder: "SMS/Inboxes/Replmgr.box/Outbound/Normal", most: 6 },
  { folder: "SMS/Inboxes/Schedule.box", most: 8 },
  { folder: "SMS/Inboxes/Schedule.box/Tosend", most: 10 },
  { folder: "SMS/Inboxes/Schedule.box/Outboxes/LAN", most: 12 },
  { folder: "SMSPKG", most: 3 },
  { folder: "SMSPKG/Temp", most: 60 },
  { folder: "SiteSystems", most: 80, recursive: true }, // content on its way onto distribution points
] as const;
export const placeCount = places.length;

/**
 * Resolves at a moment in the work of the site at `root`: so many changes in its `place`-th place as `share` (0 to 1) of the most
 * there. A place that is not there yet is the site's own folder.
 */
export function placeMoment(root: string, place: number, share: number, signal: AbortSignal): Promise<void> {
  const known = places[place] ?? places[0];
  const there = existsSync(join(root, known.folder)) ? known : places[0];
  const { folder, most, recursive } = { recursive: false, ...there };
  return changesIn(join(root, folder), Math.max(1, Math.round(most * share)), signal, { recursive });
}

/** Calls `isReached` with every change in the folder, and resolves once it says so. */
function watched(
  folder: string,
  options: { readonly recursive?: boolean },
  signal: AbortSignal,
  isReached: () => boolean,
): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const watcher = watch(folder, options);
    const end = (settle: () => void) => {
      watcher.close();
      signal.removeEventListener("abort", abort);
      settle();
    };
    const abort = () => end(() => reject(signal.reason));
    signal.addEventListener("abort", abort);
    watcher.on("change", () => {
      if (isReached()) end(resolve);
    });
    watcher.on("error", (error) => end(() => reject(error)));
  });
}
