/**
 * What a way is open to now, in a word or two.
 */
import type { WayEntry } from "../../live-entries.ts";

export function usageWords(way: WayEntry): string {
  if (way.isCut) return "cut";
  if (way.isOut) return "out";
  const usages = way.addresses.map(({ usage }) => usage);
  return usages.includes("all") ? "open" : (usages[0] ?? "open");
}
