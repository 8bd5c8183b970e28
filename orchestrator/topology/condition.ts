/**
 * What a step of a scenario can wait for, as a topology file writes it: `Office Update arrived CHI`,
 * `Office Update sending CEN CHI`, `CHI down`, `CHI up`.
 */
import { z } from "zod";

export type Condition =
  /** On a distribution point, or on all of a site's that the package is sent to. */
  | { readonly is: "arrived"; readonly package: string; readonly at: string }
  | { readonly is: "sending"; readonly package: string; readonly from: string; readonly to: string }
  /** It does not answer any more, or answers again. */
  | { readonly is: "down" | "up"; readonly site: string };

export const expectedCondition =
  'expected what to wait for: "Office Update arrived CHI" (a site or a distribution point), "Office Update sending CEN CHI", "CHI down" or "CHI up"';

/** Undefined where the text is no condition. */
export function parseCondition(text: string): Condition | undefined {
  const words = text.trim();
  const [, arrived, at] = /^(.+?)\s+arrived\s+(\S+)$/.exec(words) ?? [];
  if (arrived !== undefined && at !== undefined) return { is: "arrived", package: arrived, at };
  const [, sending, from, to] = /^(.+?)\s+sending\s+(\S+)\s+(\S+)$/.exec(words) ?? [];
  if (sending !== undefined && from !== undefined && to !== undefined)
    return { is: "sending", package: sending, from, to };
  const [, site, state] = /^(\S+)\s+(down|up)$/.exec(words) ?? [];
  if (site !== undefined) return { is: state === "up" ? "up" : "down", site };
  return undefined;
}

export function conditionWords(condition: Condition): string {
  if (condition.is === "arrived") return `${condition.package} arrived ${condition.at}`;
  if (condition.is === "sending") return `${condition.package} sending ${condition.from} ${condition.to}`;
  return `${condition.site} ${condition.is}`;
}

export const condition = z.string({ error: expectedCondition }).transform((text, context) => {
  const read = parseCondition(text);
  if (read) return read;
  context.addIssue({ code: "custom", message: expectedCondition, input: text });
  return z.NEVER;
});
