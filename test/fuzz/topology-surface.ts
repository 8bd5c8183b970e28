/**
 * Topology files with a defect, read by the real reader. `equal`: the plan that came out is the one of the file
 * without the defect. Refused is a TopologyFailure whose every mistake has a place in the file and words.
 */
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { stringify } from "yaml";

import { topologyOf } from "../../orchestrator/topology/load.ts";
import { sourceText } from "../../orchestrator/topology/source-text.ts";
import { TopologyFailure } from "../../orchestrator/topology/topology-failure.ts";
import type { Random } from "../support/random.ts";
import { placesIn, replaced, withUnknownKey } from "./json-defects.ts";
import type { Answer, Surface } from "./surface.ts";

type Good = { readonly file: string; readonly text: string; readonly raw: object; readonly plan: unknown };

const corpus = new URL("../topologies/good/", import.meta.url).pathname;
const perBatch = 50;

const bombs = [
  `a: &a [${"x,".repeat(50)}]\nb: &b [${"*a,".repeat(50)}]\nc: &c [${"*b,".repeat(50)}]\nd: [${"*c,".repeat(50)}]\n`,
  `sites: { B{1..999999999}: { type: primary } }\n`,
  `${"[".repeat(3_000)}`,
  `${"- ".repeat(3_000)}`,
  `? ? ? ? :\n`,
  `sites: !!js/function "function(){}"\n`,
  `<<: *nobody\n`,
  `\u0000\u0001\ufffe`,
] as const;

export async function topologySurface(): Promise<Surface> {
  const goods: Good[] = [];
  for (const file of (await Array.fromAsync(glob(join(corpus, "*.yaml")))).sort()) {
    const text = await readFile(file, "utf8");
    goods.push({ file, text, raw: sourceText(text).raw as object, plan: await topologyOf(text, file) });
  }
  const [first, ...others] = goods;
  if (!first) throw new Error(`no topologies in ${corpus}`);
  return {
    async attack(random) {
      const answers: Answer[] = [];
      for (let n = 0; n < perBatch; n += 1) {
        const good = random.pick([first, ...others]);
        answers.push(await tryText(withDefect(good, random), good));
      }
      return answers;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

type Defective = { readonly kind: string; readonly text: string };

function withDefect({ raw, text }: Good, random: Random): Defective {
  const [first, ...others] = placesIn(raw);
  const strange = { "strange \u0000": [{ "; DROP TABLE package": -1.5 }] };
  const somewhere = (other: unknown) =>
    stringify(first ? replaced(raw, random.pick([first, ...others]).path, other) : other);
  const [kind, make] = random.pick<readonly [string, () => string]>([
    ["another type", () => somewhere(strange)],
    ["another type", () => somewhere([strange, strange])],
    ["unknown key", () => stringify(withUnknownKey(raw, random))],
    ["cut", () => `${text.slice(0, random.between(0, text.length))}\n{ [`],
    ["twice", () => `${text}\n${text}`],
    ["no YAML", () => `${text}\n\t\u0000: [`],
    ["bomb", () => `${random.pick(bombs)}`],
    ["noise", () => random.bytes(random.between(1, 500)).toString("latin1")],
  ]);
  return { kind, text: make() };
}

async function tryText({ kind, text }: Defective, { file, plan }: Good): Promise<Answer> {
  const input = JSON.stringify(text.slice(0, 400));
  try {
    const found = await topologyOf(text, file);
    const isEqual = isDeepStrictEqual(found, plan);
    return { kind, verdict: isEqual ? "equal" : "accepted", label: "a plan", input };
  } catch (error) {
    const isTold =
      error instanceof TopologyFailure &&
      error.mistakes.length > 0 &&
      error.mistakes.every(({ line, column, message }) => line >= 1 && column >= 1 && message !== "");
    const label = isTold ? "mistakes" : String(error);
    return { kind, verdict: isTold ? "refused" : "crashed", label, input };
  }
}
