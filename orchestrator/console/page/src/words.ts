/**
 * Numbers and times in words for people.
 */

export function bytesWords(bytes: number): string {
  let [count, unit] = [bytes, 0];
  const units = ["bytes", "KB", "MB", "GB"];
  while (count >= 1024 && unit < 3) {
    count /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(count) : count.toFixed(1)} ${units[unit]}`;
}

/** As lines are sold: in bits. */
export function rateWords(bytesPerSecond: number): string {
  const bits = bytesPerSecond * 8;
  if (bits >= 1e9) return `${(bits / 1e9).toFixed(1)} Gbit/s`;
  if (bits >= 1e6) return `${(bits / 1e6).toFixed(1)} Mbit/s`;
  return bits >= 1000 ? `${Math.round(bits / 1000)} kbit/s` : `${Math.round(bits)} bit/s`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatted(ms: number, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  const key = timeZone + JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.DateTimeFormat("en-GB", { ...options, timeZone });
  formats.set(key, format);
  return format.format(ms);
}

export function timeWords(ms: number, timeZone: string): string {
  return formatted(ms, timeZone, { weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function dateWords(ms: number, timeZone: string): string {
  return formatted(ms, timeZone, { year: "numeric", month: "short", day: "numeric" });
}

export function spanWords(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
