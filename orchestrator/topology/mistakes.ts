/**
 * Mistakes in a topology file, in words: the place, what was expected, what was found, and what would do.
 */
import type { z } from "zod";

import { keysAt } from "./schema.ts";

export type Mistake = {
  /** Keys and indexes from the top of the file to what is wrong. */
  readonly path: readonly PropertyKey[];
  /** True where the key at the end of the path is wrong rather than its value. */
  readonly isKey: boolean;
  readonly message: string;
};

/** The mistakes of a file that zod found, with words of ours. */
export function mistakesOf(error: z.ZodError, raw: unknown): Mistake[] {
  const mistyped = new Set(
    error.issues.filter(({ code }) => code === "invalid_type").map(({ path }) => pathWords(path)),
  );
  return error.issues
    .filter(({ code, path }) => !code.startsWith("too_") || !mistyped.has(pathWords(path))) // a text has a length, too
    .flatMap((issue) => mistakesOfIssue(issue, raw));
}

function mistakesOfIssue(issue: z.core.$ZodIssue, raw: unknown): Mistake[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...path, key],
      isKey: true,
      message: issue.message.startsWith("expected")
        ? `${issue.message}, found ${shown(key)}`
        : `expected a known key, found ${shown(key)}${hint(key, keysAt(path), "known")}`,
    }));
  }
  if (issue.code === "invalid_key") {
    const message = issue.issues[0]?.message ?? "expected another key";
    return [{ path, isKey: true, message: `${message}, found ${shown(path.at(-1))}` }];
  }
  const found = valueAt(raw, path);
  const meant = issue.code === "invalid_union" ? meantIssues(issue, found) : undefined;
  if (meant) return meant.flatMap((one) => mistakesOfIssue({ ...one, path: [...path, ...one.path] }, raw));
  const names = issue.code === "invalid_value" ? issue.values.map(String) : namesIn(issue);
  const wouldDo = names.length > 0 ? hint(found, names) : quoteHint(found, issue);
  return [{ path, isKey: false, message: `${expected(issue)}, found ${shown(found)}${wouldDo}` }];
}

/** A rule of our own can say in its parameters which names would do. */
function namesIn(issue: z.core.$ZodIssue): readonly string[] {
  const names: unknown = issue.code === "custom" ? issue.params?.names : undefined;
  return Array.isArray(names) ? names : [];
}

/**
 * Of several ways to write something, the mistakes of the one that was meant: the only one that was begun as it should
 * be, or of several with keys the one that fits best. Undefined where none of its keys is one of theirs.
 */
function meantIssues(issue: z.core.$ZodIssueInvalidUnion, found: unknown): z.core.$ZodIssue[] | undefined {
  const begun = issue.errors.filter(
    (issues) => !issues.some(({ code, path }) => path.length === 0 && code.startsWith("invalid_")),
  );
  if (begun.length <= 1) return begun[0];
  const count = typeof found === "object" && found !== null ? Object.keys(found).length : 0;
  const fitting = begun.filter((issues) => strangeKeys(issues) < count);
  const misfit = (issues: z.core.$ZodIssue[]) => issues.length + 2 * strangeKeys(issues);
  const [best, next] = fitting.sort((a, b) => misfit(a) - misfit(b));
  // Which of two is meant cannot be told by what is missing: the keys that neither has are what is wrong.
  const isEither = best && next && misfit(best) === misfit(next) && strangeKeys(best) > 0;
  return isEither ? best.filter(({ code }) => code === "unrecognized_keys") : best;
}

function strangeKeys(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce(
    (sum, { code, path, ...issue }) =>
      code === "unrecognized_keys" && path.length === 0 && "keys" in issue ? sum + issue.keys.length : sum,
    0,
  );
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith("expected")) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return `expected ${typeWords[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `expected ${issue.values.length > 1 ? "one of " : ""}${issue.values.join(", ")}`;
    case "too_big":
      return `expected at most ${issue.maximum}${issue.origin === "string" ? " characters" : ""}`;
    case "too_small":
      return `expected at least ${issue.minimum}${issue.origin === "string" ? " characters" : ""}`;
    default:
      return `expected something else (${issue.message})`;
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "keys with values",
  record: "keys with values",
  array: "a list",
};

/** YAML reads `parent: 007` as a number; who wrote it meant a text. */
function quoteHint(found: unknown, issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith("expected")) return ""; // the schema's own words say how it is written
  const wantsText = issue.code === "invalid_type" && issue.expected === "string";
  return wantsText && (typeof found === "number" || typeof found === "boolean")
    ? ' (a text that looks like a number or true is written in quotes: "007")'
    : "";
}

export function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "keys with values";
  return typeof value === "string" ? `"${value}"` : String(value);
}

/** So many names can be looked through; of more, the closest is of use. */
const mostNames = 20;

/** ` (did you mean "x"?)`, or else the names that would do, or nothing where there are none. */
export function hint(found: unknown, known: readonly string[], listName?: string): string {
  const close = typeof found === "string" ? closest(found, known) : undefined;
  const list = listName && known.length > 0 ? `${listName}: ${namesOf(known)}` : "";
  if (close !== undefined) return ` (did you mean "${close}"?${list ? ` ${list}` : ""})`;
  return list ? ` (${list})` : "";
}

export function namesOf(known: readonly string[]): string {
  const rest = known.length > mostNames ? ` and ${known.length - mostNames} more` : "";
  return `${known.slice(0, mostNames).join(", ")}${rest}`;
}

/** The name that is at most two slips, or a third of its length, away. */
function closest(word: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, slips: slipsBetween(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, slips }) => slips <= Math.min(2, Math.max(1, Math.floor(name.length / 3))))
    .sort((a, b) => a.slips - b.slips);
  return ranked[0]?.name;
}

/**
 * Levenshtein distance: letters added, left out or exchanged. The right letters in a wrong order are one slip, and so is
 * a part for the whole, like `Chicago`.
 */
function slipsBetween(a: string, b: string): number {
  if (a !== b && [...a].sort().join("") === [...b].sort().join("")) return 1;
  if (a !== b && a.length >= 4 && b.includes(a)) return 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const exchanged = (row[j] ?? 0) + (letter === b[j] ? 0 : 1);
      next.push(Math.min(exchanged, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

export function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let at = raw;
  for (const key of path) {
    at = typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return at;
}

/** `sites.CHI.parent`, `packages[0].site` */
export function pathWords(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index > 0 ? "." : ""}${String(key)}`))
    .join("");
}
