/**
 * The text of a topology file: its YAML as plain values, and where in the text each of them is.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
} from "yaml";

import { type Mistake, pathWords } from "./mistakes.ts";
import type { PlacedMistake } from "./topology-failure.ts";

export type SourceText = {
  /** Undefined where the text is no YAML. */
  readonly raw: unknown;
  /** What YAML has against it. */
  readonly mistakes: readonly PlacedMistake[];
  /** The mistakes at their places, in the order of the text. */
  readonly placed: (mistakes: readonly Mistake[]) => PlacedMistake[];
};

export function sourceText(text: string): SourceText {
  const places = new LineCounter();
  const document = parseDocument(text, { lineCounter: places, prettyErrors: false, logLevel: "error" });
  const at = (offset: number) => {
    const { line, col } = places.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // A code like 007 is a number to YAML and a name to us: keys are what the file says, letter by letter.
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && typeof key.value !== "string") key.value = key.source ?? String(key.value);
    },
  });
  const mistakes = firstOfLines(document.errors, at).map(({ pos, code, message }): PlacedMistake => {
    const words =
      code === "DUPLICATE_KEY"
        ? "expected each key once, found it again"
        : `expected YAML: ${message}${rangeHint(text, pos[0])}`;
    return { ...at(pos[0]), path: "file", message: words };
  });
  // With a key too many, the rest can still be read; else nobody knows what was meant.
  const isReadable = document.errors.every(({ code }) => code === "DUPLICATE_KEY");
  const read = isReadable ? valueIn(document) : { value: undefined, mistakes: [] };
  return {
    raw: read.value,
    mistakes: [
      ...mistakes,
      ...read.mistakes.map(({ offset, message }) => ({ ...at(offset), path: "file", message })),
    ],
    placed: (found) =>
      found
        .map((mistake) => ({ mistake, offset: offsetOf(document.contents, mistake) }))
        .sort((a, b) => a.offset - b.offset)
        .map(({ mistake, offset }) => ({
          ...at(offset),
          path: pathWords(mistake.path) || "file",
          message: mistake.message,
        })),
  };
}

/** One slip makes YAML stumble several times; what it says first of a line is what is meant. */
function firstOfLines(
  errors: readonly YAMLParseError[],
  at: (offset: number) => { readonly line: number },
): YAMLParseError[] {
  const lines = new Set<number>();
  return errors.filter(({ pos }) => {
    const { line } = at(pos[0]);
    return !lines.has(line) && lines.add(line);
  });
}

type Read = { value: unknown; mistakes: { offset: number; message: string }[] };

/** What is wrong with aliases is only found now. */
function valueIn(document: Document.Parsed): Read {
  const mistakes: Read["mistakes"] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document)) return;
      const message = `expected an anchor &${alias.source} before its alias, found *${alias.source} alone`;
      mistakes.push({ offset: alias.range?.[0] ?? 0, message });
    },
  });
  if (mistakes.length > 0) return { value: undefined, mistakes };
  try {
    return { value: document.toJS() ?? {}, mistakes };
  } catch (error) {
    // Aliases of aliases that would come to more than there is memory for.
    return {
      value: undefined,
      mistakes: [{ offset: 0, message: `expected YAML: ${(error as Error).message}` }],
    };
  }
}

/** `{` and `}` of a range mean something else to YAML once they are inside others. */
function rangeHint(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  const line = text.slice(start, end === -1 ? undefined : end).replace(/^\s*[A-Z0-9]+\{[^}]*\}\s*:/, ""); // a key is right
  return /(?<!["'A-Z0-9])[A-Z0-9]*\{[A-Z0-9]+\.\.[A-Z0-9]+\}/.test(line)
    ? ' (inside { } or [ ], and at its beginning, a range needs quotes: "B{01..40}")'
    : "";
}

/** Where in the text the path leads, or the last place on the way that is there. */
function offsetOf(contents: Node | null, mistake: Mistake): number {
  let offset = contents?.range?.[0] ?? 0;
  let node: unknown = contents;
  for (const [depth, key] of mistake.path.entries()) {
    const isLast = depth === mistake.path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (!pair) break;
      const place = isLast && !mistake.isKey && pair.value ? pair.value : pair.key;
      offset = (place as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else break;
    if (isAlias(node)) break; // the mistake is shown where the alias is used
  }
  return offset;
}
