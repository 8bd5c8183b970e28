/**
 * What a way is open to now, and how far, in a word or two.
 */
import type { WayEntry } from "../../live-entries.ts";

export function usageWords(way: WayEntry): string {
  if (way.isCut) return "cut";
  if (way.isOut) return "out";
  const usages = way.addresses.map(({ usage }) => usage);
  return usages.includes("all") ? "open" : (usages[0] ?? "open");
}

export function limitOf(way: WayEntry): string {
  return way.addresses[0]?.limit ?? "unlimited";
}

/** Where there is room for one of the two: the limit of what is open, else why nothing or little goes. */
export function openWords(way: WayEntry): string {
  const usage = usageWords(way);
  const limit = limitOf(way);
  return usage === "open" && limit !== "unlimited" ? limit : usage;
}
