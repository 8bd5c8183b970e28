/**
 * A rate limit as a topology file writes it (design section 5):
 * `unlimited` | `64 kbit/s` | `25%` | `{ Mon-Fri 08-18: 25% }` | `{ Mon-Fri 08-18: 64 kbit/s }` |
 * `{ block: 64 KB, pause: 5 s }` | `Mon-08:00,512k Sat-00:00,off` (rclone's).
 * Hours not named are not limited: 100 %, or unlimited beside rates. `formula: rtm` beside percentages takes the
 * arithmetic of the first release. What is the same every day is kept by hour of the day, as the field has it.
 */
import { z } from "zod";

import { entryAt, hourEdges, hoursInWeek, minuteMs } from "./local-week.ts";
import {
  formatBlockSize,
  formatByteRate,
  formatPercent,
  formatTimeSpan,
  parseBlockSize,
  parseByteRate,
  parsePercent,
  parseTimeSpan,
  percent,
  quantity,
  rateRange,
  rateUnitNames,
} from "./quantity.ts";
import { type PercentFormula, percentFormula, pulseLimits, type RateLimit, unlimited } from "./rate-limit.ts";
import { formatTimetable, type Timetable, timetableWords } from "./timetable.ts";
import { weekGrid, weekKey, weekNamed, weekPhrase } from "./week-keys.ts";

const expectedRate = `expected unlimited, a rate with its unit like 64 kbit/s (${rateUnitNames}), a percentage (25%), hours with either ({ Mon-Fri 08-18: 25% }), a pulse ({ block: 64 KB, pause: 5 s }) or an rclone timetable ("08:00,512k 18:00,off")`;

const alwaysPercent = (value: number, formula: PercentFormula = "sp"): RateLimit => ({
  kind: "percent",
  percents: Array.from({ length: 24 }, () => value),
  formula,
});

const pulseKeys = 'expected "block" and "pause" and nothing else, like { block: 64 KB, pause: 5 s }';
const pulseWords = z
  .strictObject(
    {
      block: quantity("expected a block of 1 KB to 256 KB", parseBlockSize, pulseLimits.blockBytes),
      pause: quantity("expected a pause of 1 s to 30 s", parseTimeSpan, pulseLimits.pauseMs),
    },
    { error: (issue) => (issue.code === "unrecognized_keys" ? pulseKeys : undefined) },
  )
  .transform(({ block, pause }): RateLimit => ({ kind: "pulse", blockBytes: block, pauseMs: pause }));

type HourRate = { readonly percent: number } | { readonly bytesPerSecond: number } | "unlimited";

const expectedHourRate =
  "expected a percentage from 1% to 100%, a rate with its unit (64 kbit/s), or unlimited";
const hourRate = z.string({ error: expectedHourRate }).transform((text, context): HourRate => {
  if (isUnlimited(text)) return "unlimited";
  const share = parsePercent(text);
  if (share !== undefined) return { percent: share };
  const bytesPerSecond = parseByteRate(text);
  if (bytesPerSecond !== undefined && bytesPerSecond >= rateRange[0]) return { bytesPerSecond };
  context.addIssue({ code: "custom", message: expectedHourRate, input: text });
  return z.NEVER;
});

const gridWords = z.record(weekKey, hourRate);

/** Percentages of a week, or rates of a week: the two do not mix, because they are kept in different ways. */
function limitOfGrid(grid: readonly HourRate[], formula: PercentFormula | undefined): RateLimit | undefined {
  const isPercent = grid.some((hour) => hour !== "unlimited" && "percent" in hour);
  const rates = grid.map((hour) =>
    hour === "unlimited" ? null : "percent" in hour ? hour.percent : hour.bytesPerSecond,
  );
  if (isPercent) {
    if (grid.some((hour) => hour !== "unlimited" && !("percent" in hour))) return undefined;
    const percents = rates.map((value) => value ?? 100);
    const isDaily = percents.every((value, hour) => value === percents[hour % 24]);
    return {
      kind: "percent",
      percents: isDaily ? percents.slice(0, 24) : percents,
      formula: formula ?? "sp",
    };
  }
  if (formula !== undefined) return undefined;
  const changes = rates.flatMap((bytesPerSecond, hour) =>
    bytesPerSecond === rates[(hour + hoursInWeek - 1) % hoursInWeek]
      ? []
      : [{ minuteOfWeek: hour * 60, bytesPerSecond }],
  );
  if (changes.length > 0) return { kind: "timetable", changes };
  const [always = null] = rates;
  return always === null ? unlimited : { kind: "fixed", bytesPerSecond: always };
}

const hoursWords = z.record(z.string(), z.unknown()).transform((input, context): RateLimit => {
  const { formula, ...hours } = input;
  const read = gridWords.safeParse(hours);
  const how = percentFormula.optional().safeParse(formula);
  for (const issue of read.error?.issues ?? []) context.addIssue({ ...issue } as z.core.$ZodRawIssue);
  for (const issue of how.error?.issues ?? [])
    context.addIssue({ ...issue, path: ["formula"] } as z.core.$ZodRawIssue);
  if (!read.success || !how.success) return z.NEVER;
  if (Object.keys(hours).length === 0) {
    context.addIssue({ code: "custom", message: expectedRate, input });
    return z.NEVER;
  }
  const limit = limitOfGrid(weekGrid<HourRate>(read.data, "unlimited"), how.data);
  if (limit) return limit;
  const message =
    "expected percentages for all hours or rates for all hours, and formula only beside percentages";
  context.addIssue({ code: "custom", message, input });
  return z.NEVER;
});

const fixedRate = quantity(expectedRate, parseByteRate, rateRange);

const isUnlimited = (text: string) => text.trim().toLowerCase() === "unlimited";

/** Which of the ways it is, so that the mistakes told are those of what was meant. */
function schemaFor(input: string | Record<string, unknown>): z.ZodType<RateLimit> {
  if (typeof input === "object") return "block" in input || "pause" in input ? pulseWords : hoursWords;
  if (isUnlimited(input)) return z.string().transform(() => unlimited);
  if (input.includes(","))
    return timetableWords.transform((changes) => ({ kind: "timetable", changes }) as const);
  if (input.includes("%")) return percent.transform((value) => alwaysPercent(value));
  return fixedRate.transform((bytesPerSecond) => ({ kind: "fixed", bytesPerSecond }) as const);
}

/** The rate of an address in a topology file. */
export const rateLimitWords = z
  .union([z.string(), z.record(z.string(), z.unknown())], { error: expectedRate })
  .transform((input, context): RateLimit => {
    const read = schemaFor(input).safeParse(input);
    if (read.success) return read.data;
    for (const issue of read.error.issues) context.addIssue({ ...issue } as z.core.$ZodRawIssue);
    return z.NEVER;
  });

/** The same from anything; throws a ZodError with every mistake. */
export function parseRateLimit(words: unknown): RateLimit {
  return rateLimitWords.parse(words);
}

/** Words for a topology file: what `parseRateLimit` makes this limit of. */
export function formatRateLimit(limit: RateLimit): string | Record<string, string> {
  switch (limit.kind) {
    case "unlimited":
      return "unlimited";
    case "fixed":
      return formatByteRate(limit.bytesPerSecond);
    case "pulse":
      return { block: formatBlockSize(limit.blockBytes), pause: formatTimeSpan(limit.pauseMs) };
    case "timetable":
      return isWholeBytes(limit.changes) ? formatTimetable(limit.changes) : ratesByHour(limit.changes);
    case "percent": {
      const { percents, formula } = limit;
      const week = Array.from({ length: hoursInWeek }, (_, hour) =>
        formatPercent(percents[hour % percents.length] ?? 100),
      );
      const [always = "100%"] = week;
      const isUniform = week.every((value) => value === always);
      if (isUniform && formula === "sp") return always;
      const named = isUniform ? { daily: always } : weekNamed(week, "100%");
      return formula === "sp" ? named : { ...named, formula };
    }
  }
}

/** For people: `25%`, `Mon-Fri 08-18 25%; otherwise 100%`, `64 KB and a pause of 5 s, in turn`. */
export function ratePhrase(limit: RateLimit): string {
  const isHourly =
    limit.kind === "timetable" && limit.changes.every(({ minuteOfWeek }) => minuteOfWeek % 60 === 0);
  const words = isHourly ? ratesByHour(limit.changes) : formatRateLimit(limit);
  if (typeof words === "string") return words;
  if (limit.kind === "pulse") return `${words.block} and a pause of ${words.pause}, in turn`;
  const { formula, ...named } = words;
  const phrase = weekPhrase(named, limit.kind === "percent" ? "100%" : "unlimited");
  return formula === undefined ? phrase : `${phrase} (formula ${formula})`;
}

/** rclone counts whole bytes, and a bit rate need not be any. */
const isWholeBytes = (timetable: Timetable) =>
  timetable.every(({ bytesPerSecond }) => bytesPerSecond === null || Number.isInteger(bytesPerSecond));

/** A timetable that came of rates by the hour, as those again. */
function ratesByHour(timetable: Timetable): Record<string, string> {
  const edges = timetable.map(({ minuteOfWeek }) => minuteOfWeek * minuteMs);
  const week = hourEdges.map((edge) => {
    const bytesPerSecond = timetable[entryAt(edges, edge)]?.bytesPerSecond ?? null;
    return bytesPerSecond === null ? "unlimited" : formatByteRate(bytesPerSecond);
  });
  return weekNamed(week, "unlimited");
}
