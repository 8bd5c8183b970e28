/**
 * Tries hostile inputs on one surface and counts what became of them.
 */
import { Random } from "../support/random.ts";
import { archiveSurface } from "./archive-surface.ts";
import { type AttackedSite, type Usage, usageOf } from "./attacked-site.ts";
import { inboxSurface } from "./inbox-surface.ts";
import { providerSurface } from "./provider-surface.ts";
import { shareSurface } from "./share-surface.ts";
import type { Answer, Surface } from "./surface.ts";
import { topologySurface } from "./topology-surface.ts";

export const surfaceNames = ["share", "archive", "inbox", "provider", "topology"] as const;
export type SurfaceName = (typeof surfaceNames)[number];

export type Tried = {
  readonly surface: SurfaceName;
  readonly inputs: number;
  readonly answers: Readonly<Record<string, number>>;
  /** What was accepted, or crashed. The first of them. */
  readonly findings: readonly Answer[];
  readonly findingCount: number;
  /** Of the process that was attacked, after the first inputs and after the last. */
  readonly before: Usage | undefined;
  readonly after: Usage | undefined;
};

const mostFindings = 10;
/** What is loaded and compiled once is not counted as growth: so much of the inputs come first. */
const warmUpShare = 0.1;

export async function runSurface(
  surface: SurfaceName,
  { site, inputs, seed }: { readonly site: AttackedSite; readonly inputs: number; readonly seed: number },
): Promise<Tried> {
  const random = new Random(seed);
  const usage = () => (surface === "archive" || surface === "topology" ? usageOf(process.pid) : site.usage());
  const answers: Record<string, number> = {};
  const findings: Answer[] = [];
  let tried = 0;
  let before: Usage | undefined;
  {
    await using attacked = await open(surface, site);
    while (tried < inputs) {
      for (const answer of await attacked.attack(random)) {
        tried += 1;
        const label = answer.verdict === "equal" ? `${answer.label} (equal)` : answer.label;
        answers[label] = (answers[label] ?? 0) + 1;
        if (answer.verdict === "accepted" || answer.verdict === "crashed") findings.push(answer);
      }
      if (!before && tried >= inputs * warmUpShare) before = await usage();
    }
  }
  const after = await usage();
  const findingCount = findings.length;
  return {
    surface,
    inputs: tried,
    answers,
    findings: findings.slice(0, mostFindings),
    findingCount,
    before,
    after,
  };
}

function open(surface: SurfaceName, site: AttackedSite): Promise<Surface> {
  switch (surface) {
    case "share":
      return Promise.resolve(shareSurface(site));
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
