/**
 * Many sites said once: a range of codes (`B{01..40}`, `{A..F}1X`) where a code may stand, and the templates of names
 * that each site of it fills in (`{site}DP`, `Branch {number}`).
 */
import { z } from "zod";

import { type SiteCode, siteCode } from "../../domain/identifiers.ts";

/** One of the sites that a code or a range stands for. `number` is what the range counts; "" for a single code. */
export type NamedSite = { readonly code: SiteCode; readonly number: string };

const rangePattern = /^([^{}]*)\{(\d+|[A-Z])\.\.(\d+|[A-Z])\}([^{}]*)$/;
const expectedRange =
  "expected a site code or a range of codes of three characters of A-Z and 0-9, like B{01..40} or {A..F}1X";

/** The sites that a text stands for, in order; undefined where it is neither a code nor a range. */
export function sitesNamed(text: string): readonly NamedSite[] | undefined {
  const found = rangePattern.exec(text);
  if (!found) {
    const code = siteCode.safeParse(text);
    return code.success ? [{ code: code.data, number: "" }] : undefined;
  }
  const [, before = "", first = "", last = "", after = ""] = found;
  const sites = numbersBetween(first, last)?.flatMap((number): NamedSite[] => {
    const code = siteCode.safeParse(`${before}${number}${after}`);
    return code.success ? [{ code: code.data, number }] : [];
  });
  return sites && sites.length > 0 && sites.length === numbersBetween(first, last)?.length
    ? sites
    : undefined;
}

/** `01` to `40`, with the noughts that are written, or `A` to `F`. A code has three characters, so they are few. */
function numbersBetween(first: string, last: string): string[] | undefined {
  const isNumber = (text: string) => /^\d{1,3}$/.test(text);
  const isLetter = (text: string) => /^[A-Z]$/.test(text);
  const [from, to] = isNumber(first)
    ? [Number(first), Number(last)]
    : [first.charCodeAt(0), last.charCodeAt(0)];
  const areAlike = (isNumber(first) && isNumber(last)) || (isLetter(first) && isLetter(last));
  if (!areAlike || from > to) return undefined;
  return Array.from({ length: to - from + 1 }, (_, index) =>
    isNumber(first) ? String(from + index).padStart(first.length, "0") : String.fromCharCode(from + index),
  );
}

/** Where one code or a range of them may stand. */
export const siteKey = z
  .string()
  .superRefine((text, context) => {
    if (sitesNamed(text)) return;
    const issues = /[{}]/.test(text) ? undefined : siteCode.safeParse(text).error?.issues;
    context.addIssue({ code: "custom", message: issues?.[0]?.message ?? expectedRange, input: text });
  })
  .meta({ pattern: "^([A-Z0-9]{3}|[A-Z0-9]*\\{[A-Z0-9]+\\.\\.[A-Z0-9]+\\}[A-Z0-9]*)$" });

/** One code, a range, or a list of either. */
export const siteEnds = z.union([siteKey, z.array(siteKey).min(1, "expected at least one site code")], {
  error: "expected a site code, a range of them like B{01..40}, or a list of either",
});

/** A site that a text or a list of texts stands for, and which of the list it was. */
export type EndSite = { readonly code: string; readonly path: readonly number[] };

/** What is no code is passed on as it is: it has its own mistake, and is no site's code. */
export function endSites(ends: string | readonly string[]): EndSite[] {
  const expand = (text: string, path: readonly number[]): EndSite[] =>
    (sitesNamed(text) ?? [{ code: text }]).map(({ code }) => ({ code, path }));
  return typeof ends === "string" ? expand(ends, []) : ends.flatMap((text, index) => expand(text, [index]));
}

const placeholder = /\{(site|number)\}/g;

/** A name of a site with its code and its number in the places kept for them. Only the site of a range has a number. */
export function filled(template: string, { code, number }: { code: string; number: string }): string {
  return template.replaceAll(placeholder, (text, what) => (what === "site" ? code : number || text));
}

/** Whether a text may stand in a template: once it is filled in, `isRight` holds for it. */
export function isTemplate(text: string, isRight: (name: string) => boolean): boolean {
  return isRight(filled(text, { code: "AAA", number: "1" }));
}
