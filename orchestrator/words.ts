/**
 * How numbers, times, paths and tables are written for people.
 */
import { relative } from "node:path";

const units = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** `812 bytes`, `41.3 KB`, `1.2 GB`: powers of 1024, as the field counts them. */
export function bytesWords(bytes: number): string {
  let unit = 0;
  let count = bytes;
  while (count >= 1024 && unit < units.length - 1) {
    count /= 1024;
    unit++;
  }
  return unit === 0 ? `${Math.round(bytes)} bytes` : `${count.toFixed(count < 100 ? 1 : 0)} ${units[unit]}`;
}

/** `Fri 2003-11-07 17:31:05`, in a site's own time zone. */
export function dateAndTime(emulatedMs: number, timeZone: string): string {
  const at = zoned(emulatedMs, timeZone);
  return `${weekday(at)} ${at.toPlainDate()} ${timeOfDay(at)}`;
}

/** `Fri 17:31:05` */
export function dayAndTime(emulatedMs: number, timeZone: string): string {
  const at = zoned(emulatedMs, timeZone);
  return `${weekday(at)} ${timeOfDay(at)}`;
}

function zoned(emulatedMs: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(emulatedMs)).toZonedDateTimeISO(timeZone);
}

function weekday(at: Temporal.ZonedDateTime): string {
  return ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][at.dayOfWeek - 1] ?? "";
}

function timeOfDay(at: Temporal.ZonedDateTime): string {
  return at.toPlainTime().round({ smallestUnit: "second", roundingMode: "floor" }).toString();
}

/** Columns as wide as their widest cell, two spaces between. Those named in `right` are flush right. */
export function table(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        right.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

/** `1 site`, `3 sites` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The name of a component's log file, as an administrator knows it. */
export function logName(component: string): string {
  return logNames[component] ?? `${component.replace(/^SMS_/, "").toLowerCase()}.log`;
}

const logNames: Readonly<Record<string, string>> = {
  SMS_PROVIDER: "smsprov.log",
  SMS_SQL_MONITOR: "smsdbmon.log",
  SMS_DISTRIBUTION_MANAGER: "distmgr.log",
  SMS_INBOX_MANAGER: "inboxmgr.log",
  SMS_REPLICATION_MANAGER: "replmgr.log",
  SMS_SCHEDULER: "sched.log",
  SMS_LAN_SENDER: "sender.log",
  SMS_ASYNC_RAS_SENDER: "sender.log",
  SMS_ISDN_RAS_SENDER: "sender.log",
  SMS_DESPOOLER: "despool.log",
  SMS_SITE_SHARE: "smssite.log",
  SMS_SITE_COMPONENT_MANAGER: "sitecomp.log",
  SMS_HIERARCHY_MANAGER: "hman.log",
};

/** `CHI Chicago`, or the code alone where the site has no other name. */
export function siteWords({ code, name }: { readonly code: string; readonly name: string }): string {
  return code === name ? code : `${code} ${name}`;
}

/** A path below the folder the command runs in is told from there. */
export function pathFromHere(path: string): string {
  const near = relative("", path);
  return near.startsWith("..") ? path : near || ".";
}

/** Broken between words into lines of at most `width` characters, but where a word alone is longer. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
