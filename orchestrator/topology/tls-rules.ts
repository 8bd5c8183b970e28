/**
 * Rules for the certificates of sites: a key for each, and no site without one where others have theirs. Pure.
 */
import type { Draft } from "./draft.ts";
import type { Mistake } from "./mistakes.ts";

export function tlsMistakes({ sites }: Draft): Mistake[] {
  const all = Object.entries(sites);
  const withOne = all.find(([, { tls }]) => tls !== undefined)?.[0];
  if (withOne === undefined) return [];
  return all.flatMap(([code, { tls }]): Mistake[] => {
    if (!tls) {
      const message = `expected a certificate (tls) for all sites or for none, found none for ${code}, and one for ${withOne}`;
      return [{ path: ["sites", code], isKey: true, message }];
    }
    const missing = (["certificate", "key"] as const).filter((key) => tls[key] === undefined);
    if (missing.length === 0) return [];
    const message = `expected a certificate and its key, found no ${missing.join(" and no ")}`;
    return [{ path: ["sites", code, "tls"], isKey: true, message }];
  });
}
