/**
 * Two sites that an address or a link is between: both are sites, and one is the parent of the other.
 */
import type { Draft } from "./draft.ts";
import { hint, namesOf, shown } from "./mistakes.ts";

export type EndMistake = { readonly end: "from" | "to"; readonly message: string };

/** `why` ends the sentence for two sites that are no neighbours. */
export function pairMistake(
  { sites }: Pick<Draft, "sites">,
  { from, to }: { readonly from: string; readonly to: string },
  why: string,
): EndMistake[] {
  const codes = Object.keys(sites);
  const unknown = (["from", "to"] as const).flatMap((end): EndMistake[] => {
    const code = end === "from" ? from : to;
    if (code === "" || code in sites) return [];
    return [
      { end, message: `expected the code of a site, found ${shown(code)}${hint(code, codes, "known")}` },
    ];
  });
  if (unknown.length > 0 || from === "" || to === "") return unknown;
  if (from === to)
    return [{ end: "to", message: `expected another site than ${from}, found ${shown(to)} again` }];
  const isParentUnknown = [from, to].some((code) => {
    const parent = sites[code]?.parent ?? null;
    return parent !== null && !(parent in sites);
  });
  if (isParentUnknown) return []; // once the parent is put right, this may be too
  if (sites[from]?.parent === to || sites[to]?.parent === from) return [];
  const near = codes.filter((code) => sites[from]?.parent === code || sites[code]?.parent === from);
  const known = near.length > 0 ? ` (${namesOf(near)})` : " (it has none)";
  return [
    { end: "to", message: `expected the parent or a child of ${from}${known}, found ${shown(to)}: ${why}` },
  ];
}
