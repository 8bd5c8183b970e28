/**
 * Documents with one defect that no schema of ours can overlook: a value of another type somewhere, a key that
 * nobody knows, a number that is none, a text that ends too early or is no JSON.
 */
import type { Random } from "../support/random.ts";

type Place = { readonly path: readonly (string | number)[]; readonly value: unknown };

/** What strings of hostile documents say. */
export const hostileWords = [
  "'; DROP TABLE package; --",
  "' OR '1'='1",
  "../../../../etc/passwd",
  "\u0000",
  "\u202e\ud800",
  "a".repeat(70_000),
  "$(reboot)",
  "%00%2e%2e%2f",
  "CON",
  "<script>alert(1)</script>",
] as const;

export function placesIn(value: unknown, path: Place["path"] = []): Place[] {
  const inner = Array.isArray(value)
    ? value.flatMap((one, index) => placesIn(one, [...path, index]))
    : typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, one]) => placesIn(one, [...path, key]))
      : [];
  return [{ path, value }, ...inner];
}

export function replaced(value: unknown, path: Place["path"], other: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return other;
  const inner = replaced((value as Record<string | number, unknown>)[key], rest, other);
  if (Array.isArray(value)) return value.map((one, index) => (index === key ? inner : one));
  return { ...(value as object), [key]: inner };
}

/** The same with a value of a type that cannot stand there. Null may stand beside numbers, so it is not used. */
export function withOtherType(document: unknown, random: Random): unknown {
  const [first, ...others] = placesIn(document);
  if (!first) return undefined;
  const { path, value } = random.pick([first, ...others]);
  const strange = { [random.pick(["strange", "toString", "constructor", "; DROP TABLE package"])]: [[{}]] };
  const candidates: [unknown, ...unknown[]] = [strange, [strange]];
  if (typeof value !== "boolean") candidates.push(true);
  if (typeof value === "number") candidates.push(random.pick(hostileWords));
  if (typeof value === "string") candidates.push(random.between(-(2 ** 40), 2 ** 40));
  return replaced(document, path, random.pick(candidates));
}

export function withUnknownKey(document: unknown, random: Random): unknown {
  const [first, ...others] = placesIn(document).filter(
    ({ value }) => typeof value === "object" && value !== null && !Array.isArray(value),
  );
  if (!first) return [document];
  const { path, value } = random.pick([first, ...others]);
  const key = `${random.pick(["isAdministrator", "constructor", "$where", "é\u0000", "x".repeat(5000)])}`;
  return replaced(document, path, { ...(value as object), [key]: random.pick(hostileWords) });
}

/** The text of an object with one defect. */
export function jsonWithDefect(document: object, random: Random): string {
  const text = JSON.stringify(document);
  const defects: [() => string, ...(() => string)[]] = [
    () => JSON.stringify(withOtherType(document, random)) ?? "",
    () => JSON.stringify(withOtherType(document, random)) ?? "",
    () => JSON.stringify(withUnknownKey(document, random)),
    () => text.slice(0, random.between(1, text.length - 1)),
    () => text + random.pick(["}", "\u0000", "{}", text]),
    () => `\ufeff\u0000${text}`,
    () => text.replace(/:/, random.pick(["=", "::", ":NaN,", ":undefined,"])),
    () => `${"[".repeat(random.between(1, 20_000))}${text}`,
    () => `{"version":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
    () => random.bytes(random.between(1, 300)).toString("latin1"),
  ];
  return random.pick(defects)();
}
