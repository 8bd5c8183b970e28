/**
 * Reads a log as CMTrace does: every line must be `<![LOG[text]LOG]!><time=... date=... component=... context=...
 * type=... thread=... file=...>`. Throws on the first that is not, with its number.
 */
export type CmTraceLine = {
  readonly text: string;
  readonly component: string;
  readonly context: string;
  readonly type: number;
};

const pattern =
  /^<!\[LOG\[(?<text>.*)\]LOG\]!><time="(?<time>\d{2}:\d{2}:\d{2}\.\d{3}[+-]\d{3})" date="(?<date>\d{2}-\d{2}-\d{4})" component="(?<component>[^"]*)" context="(?<context>[^"]*)" type="(?<type>[123])" thread="(?<thread>\d+)" file="(?<file>[^"]*)">$/s;

export function cmTraceLines(log: string): CmTraceLine[] {
  if (log === "") return [];
  if (!log.endsWith("\n")) throw new Error("the last line has no end");
  return log
    .slice(0, -1)
    .split("\n")
    .map((line, index) => {
      const found = pattern.exec(line)?.groups;
      if (!found) throw new Error(`line ${index + 1} is not CMTrace's: ${line}`);
      const { text = "", component = "", context = "", type } = found;
      return { text, component, context, type: Number(type) };
    });
}
