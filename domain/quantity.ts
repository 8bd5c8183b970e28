/**
 * Quantities with their units, as a topology file writes them: rates, sizes, times and percentages. A number
 * without a unit is refused. Prefixes are precise: k, M, G are 1000, 1000² and 1000³ (kbit is 1000 bit, MB is
 * 1000000 bytes), Ki, Mi, Gi are 1024, 1024² and 1024³. The one exception is the field's own: the KB of a pulse
 * block is 1024 bytes (`parseBlockSize`), as in the settings of an address.
 */
import { z } from "zod";

/** A unit is `factor` times ten to `exponent` base units: decimal places then cost no precision. */
type Unit = { readonly name: string; readonly factor: number; readonly exponent: number };

const unit = (name: string, factor: number, exponent = 0): Unit => ({ name, factor, exponent });

const bitUnits = [
  unit("bit/s", 1 / 8),
  unit("kbit/s", 1 / 8, 3),
  unit("Mbit/s", 1 / 8, 6),
  unit("Gbit/s", 1 / 8, 9),
];
const byteUnits = [
  unit("B", 1),
  unit("KB", 1, 3),
  unit("MB", 1, 6),
  unit("GB", 1, 9),
  unit("TB", 1, 12),
  unit("KiB", 1024),
  unit("MiB", 1024 ** 2),
  unit("GiB", 1024 ** 3),
  unit("TiB", 1024 ** 4),
];
const rateUnits = [
  ...bitUnits,
  ...byteUnits
    .filter(({ name }) => !name.startsWith("T"))
    .map(({ name, factor, exponent }) => unit(`${name}/s`, factor, exponent)),
];
const blockUnits = [unit("KB", 1024), unit("KiB", 1024)];
const timeUnits = [unit("ms", 1), unit("s", 1, 3), unit("min", 6, 4), unit("h", 36, 5), unit("d", 864, 5)];

/** Other ways to write a unit: exactly these, because in `Mb` and `mb` nobody can tell bits from bytes. */
const aliases: Readonly<Record<string, string>> = { m: "min", kB: "KB", "kB/s": "KB/s", "Kbit/s": "kbit/s" };

const pattern = /^(\d+(?:\.\d+)?)\s*([a-z/]+)$/i;

function parse(text: string, units: readonly Unit[]): number | undefined {
  const [, digits, name = ""] = pattern.exec(text.trim()) ?? [];
  const found = units.find((one) => one.name === (aliases[name] ?? name));
  if (digits === undefined || !found) return undefined;
  const value = Number(`${digits}e${found.exponent}`) * found.factor;
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

/** Every exact way to write a value, without leading zeros before the point except in the first, base unit. */
function waysOf(value: number, units: readonly Unit[]): { digits: string; text: string }[] {
  return units.flatMap((one, index) => {
    const digits = String(value / one.factor / 10 ** one.exponent);
    const text = `${digits} ${one.name}`;
    const isShown = index === 0 || !digits.startsWith("0");
    return isShown && parse(text, units) === value ? [{ digits, text }] : [];
  });
}

/** The way with the fewest digits; the earlier unit where two are equal. Parses to exactly `value`. */
function shortest(value: number, units: readonly Unit[]): string {
  const ways = waysOf(value, units).sort((a, b) => a.digits.length - b.digits.length);
  return ways[0]?.text ?? `${value} ${units[0]?.name}`;
}

/** Bytes per second, or undefined where the text is no rate. */
export function parseByteRate(text: string): number | undefined {
  return parse(text, rateUnits);
}

/** In bits, as lines are sold, where four digits say it exactly: `1.544 Mbit/s`; else the shortest: `10 MiB/s`. */
export function formatByteRate(bytesPerSecond: number): string {
  const inBits = waysOf(bytesPerSecond, bitUnits).filter(({ digits }) => digits.replace(".", "").length <= 4);
  return inBits.at(-1)?.text ?? shortest(bytesPerSecond, rateUnits);
}

/** Bytes, rounded to whole ones, or undefined. */
export function parseByteSize(text: string): number | undefined {
  const bytes = parse(text, byteUnits);
  return bytes === undefined ? undefined : Math.round(bytes);
}

export function formatByteSize(bytes: number): string {
  return shortest(bytes, byteUnits);
}

/** Bytes of a pulse block: here a KB is 1024 bytes. Rounded to whole ones, or undefined. */
export function parseBlockSize(text: string): number | undefined {
  const bytes = parse(text, blockUnits);
  return bytes === undefined ? undefined : Math.round(bytes);
}

export function formatBlockSize(bytes: number): string {
  return shortest(bytes, blockUnits);
}

/** Milliseconds, or undefined. */
export function parseTimeSpan(text: string): number | undefined {
  return parse(text, timeUnits);
}

export function formatTimeSpan(ms: number): string {
  return shortest(ms, timeUnits);
}

/** `25%`: a whole number from 1 to 100, or undefined. */
export function parsePercent(text: string): number | undefined {
  const percent = Number(/^(\d{1,3})\s*%$/.exec(text.trim())?.[1]);
  return percent >= 1 && percent <= 100 ? percent : undefined;
}

export function formatPercent(percent: number): string {
  return `${percent}%`;
}

/** A text with a unit, into base units from `least` to `most`; anything else is answered with `expected`. */
export function quantity(
  expected: string,
  parseText: (text: string) => number | undefined,
  [least, most]: readonly [number, number] = [0, Number.MAX_SAFE_INTEGER],
) {
  return z.string({ error: expected }).transform((text, context) => {
    const value = parseText(text);
    if (value !== undefined && value >= least && value <= most) return value;
    context.addIssue({ code: "custom", message: expected, input: text });
    return z.NEVER;
  });
}

const namesOf = (units: readonly Unit[]) => units.map(({ name }) => name).join(", ");

/** For messages: what a rate may be written in. */
export const rateUnitNames = namesOf(rateUnits);

/** In bytes per second: at least 1 bit/s. */
export const rateRange = [1 / 8, Number.MAX_SAFE_INTEGER] as const;

/** Bytes per second. */
export const byteRate = quantity(
  `expected a rate with its unit (${rateUnitNames}), like 64 kbit/s`,
  parseByteRate,
  rateRange,
);

/** Bytes. */
export const byteSize = quantity(
  `expected a size with its unit (${namesOf(byteUnits)}), like 600 MB`,
  parseByteSize,
);

/** Milliseconds. */
export const timeSpan = quantity(
  `expected a time with its unit (${namesOf(timeUnits)}), like 40 ms`,
  parseTimeSpan,
);

/** A whole number from 1 to 100. */
export const percent = quantity("expected a whole percentage from 1% to 100%, like 25%", parsePercent);
