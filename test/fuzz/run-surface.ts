/**
 * Tries hostile inputs on one surface and counts what became of them.
 */
import { Random } from "../support/random.ts";
import { archiveSurface } from "./archive-surface.ts";
import type { AttackedSite } from "./attacked-site.ts";
import { inboxSurface } from "./inbox-surface.ts";
import { providerSurface } from "./provider-surface.ts";
import { shareSurface } from "./share-surface.ts";
import { slowSurface } from "./slow-surface.ts";
import type { Answer, Surface } from "./surface.ts";
import { topologySurface } from "./topology-surface.ts";
import { type Usage, usageOfThisProcess } from "./usage.ts";

/** The slow senders are of the share and the other servers. */
export const surfaceNames = ["share", "slow", "archive", "inbox", "provider", "topology"] as const;
export type SurfaceName = (typeof surfaceNames)[number];

export type Tried = {
  readonly surface: SurfaceName;
  readonly inputs: number;
  /** How many of each kind, and what became of them. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly answers: Readonly<Record<string, number>>;
  /** What was accepted, or crashed. The first of them. */
  readonly findings: readonly Answer[];
  readonly findingCount: number;
  /** Of the process that was attacked: at the start, after a tenth of the inputs, after each quarter, when all is over. */
  readonly usage: readonly Usage[];
  /** What this process and the site had of the processors, in milliseconds. */
  readonly processorMs: { readonly attacker: number; readonly site: number };
};

const mostFindings = 10;
/** Of the inputs, when usage is looked at on the way. What is loaded and compiled once is there after the first tenth. */
export const usualLooks: readonly number[] = [0.1, 0.25, 0.5, 0.75];

type Options = {
  readonly site: AttackedSite;
  readonly inputs: number;
  readonly seed: number;
  readonly looks?: readonly number[];
};

export async function runSurface(
  surface: SurfaceName,
  { site, inputs, seed, looks = usualLooks }: Options,
): Promise<Tried> {
  const random = new Random(seed);
  const isOfSite = surface === "share" || surface === "inbox" || surface === "provider";
  const both = async () => ({ attacker: await usageOfThisProcess(), site: await site.usage() });
  const attackedOf = (usages: Awaited<ReturnType<typeof both>>) => usages[isOfSite ? "site" : "attacker"];
  const kinds: Record<string, number> = {};
  const answers: Record<string, number> = {};
  const findings: Answer[] = [];
  const before = await both();
  const usage = [attackedOf(before)];
  let findingCount = 0;
  let tried = 0;
  {
    await using attacked = await open(surface, site);
    while (tried < inputs) {
      for (const answer of await attacked.attack(random)) {
        tried += 1;
        const label = answer.verdict === "equal" ? `${answer.label} (equal)` : answer.label;
        answers[label] = (answers[label] ?? 0) + 1;
        kinds[answer.kind] = (kinds[answer.kind] ?? 0) + 1;
        if (answer.verdict !== "accepted" && answer.verdict !== "crashed") continue;
        findingCount += 1;
        if (findings.length < mostFindings) findings.push(answer);
      }
      const next = looks[usage.length - 1];
      if (next !== undefined && tried >= inputs * next) usage.push(attackedOf(await both()));
    }
  }
  const after = await both();
  usage.push(attackedOf(after));
  const spent = (who: "attacker" | "site") => after[who].processorMs - before[who].processorMs;
  const processorMs = { attacker: spent("attacker"), site: spent("site") };
  return { surface, inputs: tried, kinds, answers, findings, findingCount, usage, processorMs };
}

function open(surface: SurfaceName, site: AttackedSite): Promise<Surface> {
  switch (surface) {
    case "share":
      return Promise.resolve(shareSurface(site));
    case "slow":
      return slowSurface(site.folder);
    case "archive":
      return archiveSurface(site.folder);
    case "inbox":
      return inboxSurface(site);
    case "provider":
      return providerSurface(site);
    case "topology":
      return topologySurface();
  }
}
