/**
 * The operations of a site that change the disk, counted and named. A name is what is done, the pattern of the path it
 * is done to, and how many-th of these it is: so it says the same of the next run, whatever numbers and times that has.
 */

const patterns: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>"],
  [/(?<![A-Z0-9])[A-Z][A-Z0-9]{2}[0-9A-F]{5}(?![A-Z0-9])/g, "<package>"],
  [/(?<![A-Z0-9])[123][0-9A-Z_]{4,8}(?=\.(PCK|TMP|SNI|IST|SRQ|SRS)\b|-\d{4}\.(RPT|WRK))/g, "<request>"],
  [/\d{8}/g, "<number>"],
];

export class Operations {
  readonly #counts = new Map<string, number>();

  /** The name of an operation that is about to be done. */
  next(kind: string, place: string): string {
    const what = `${kind} ${patternOf(place)}`;
    const ordinal = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, ordinal);
    return `${what} #${ordinal}`;
  }
}

/** What is done and where, without which of them: the kinds of operation there are. */
export function kindOf(name: string): string {
  return name.replace(/ #\d+$/, "");
}

function patternOf(place: string): string {
  return patterns.reduce((text, [pattern, word]) => text.replace(pattern, word), place);
}
