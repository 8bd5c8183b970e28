/**
 * The operations of a site that change the disk, counted and named. A name is the phase of the work, what is done, the
 * pattern of the path it is done to, and how many-th of these it is in that phase: so it says the same of the next run,
 * whatever numbers and times that has.
 */
import { type Phase, phase } from "./orders.ts";

const patterns: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>"],
  [/(?<![A-Z0-9])[A-Z][A-Z0-9]{2}[0-9A-F]{5}(?![A-Z0-9])/g, "<package>"],
  [/(?<![A-Z0-9])[123][0-9A-Z_]{4,8}(?=\.(PCK|TMP|SNI|IST|SRQ|SRS)\b|-\d{4}\.(RPT|WRK))/g, "<request>"],
  [/\d{8}/g, "<number>"],
];

export class Operations {
  readonly #counts: Map<string, number>;
  /** What the sites are at. */
  phase: Phase;

  constructor(phase: Phase = "add", counts: Readonly<Record<string, number>> = {}) {
    this.phase = phase;
    this.#counts = new Map(Object.entries(counts));
  }

  /** How many there were of each kind. */
  get counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  /** The name of an operation that is about to be done. */
  next(kind: string, place: string): string {
    const what = `${this.phase}: ${kind} ${patternOf(place)}`;
    const ordinal = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, ordinal);
    return `${what} #${ordinal}`;
  }
}

/** What the sites are at when it is done. */
export function phaseOf(name: string): Phase {
  return phase.parse(name.slice(0, name.indexOf(": ")));
}

/** What is done and where, without which of them: the kinds of operation there are. */
export function kindOf(name: string): string {
  return name.replace(/ #\d+$/, "");
}

function patternOf(place: string): string {
  return patterns.reduce((text, [pattern, word]) => text.replace(pattern, word), place);
}
