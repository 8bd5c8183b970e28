/**
 * The lines of a log as CMTrace reads them, taken apart. Pure.
 */

export type LogLine = {
  readonly text: string;
  readonly component: string;
  /** 1 is information, 2 a warning, 3 an error. */
  readonly type: 1 | 2 | 3;
  /** The send request it is about. */
  readonly request: string | null;
  /** On the site's own clock: `2003-11-07` and `17:30:05.250`. */
  readonly date: string;
  readonly time: string;
  readonly emulatedMs: number;
};

const pattern =
  /^<!\[LOG\[(.*)\]LOG\]!><time="([\d:.]+)([+-]\d+)" date="(\d\d)-(\d\d)-(\d{4})" component="([^"]*)" context="([^"]*)" type="([123])"/;

/** A line that is none of them is left out. */
export function linesIn(text: string): LogLine[] {
  return text.split("\n").flatMap((line): LogLine[] => {
    const [, words, time = "", bias, month, day, year, component, context, type] = pattern.exec(line) ?? [];
    if (words === undefined || component === undefined) return [];
    const date = `${year}-${month}-${day}`;
    // The bias is what is to be added to local time to reach UTC, in minutes.
    const emulatedMs = Date.parse(`${date}T${time}Z`) + Number(bias) * 60_000;
    const request = context || null;
    return [
      { text: words, component, type: Number(type) as LogLine["type"], request, date, time, emulatedMs },
    ];
  });
}
