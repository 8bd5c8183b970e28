/**
 * The hierarchy of the matrix: three sites in a row, as in topologies/three-site.yaml, each a process with the shim in
 * it. Runs on from one trial to the next.
 */
import { join } from "node:path";

import { siteCode } from "../../../domain/identifiers.ts";
import { systemWallClock, until } from "../../../orchestrator/wall-clock.ts";
import type { Point } from "../../support/package-administrator.ts";
import {
  type SiteOfTest,
  type SiteProcess,
  SiteProcesses,
  type SiteProgram,
} from "../../support/site-processes.ts";
import { type Order, type Report, report } from "../shim/orders.ts";

const [cen, chi, mke] = ["CEN", "CHI", "MKE"].map((code) => siteCode.parse(code)) as [
  SiteOfTest["code"],
  SiteOfTest["code"],
  SiteOfTest["code"],
];
const sites: readonly SiteOfTest[] = [
  { code: cen, type: "primary", parent: null, distributionPoints: ["HQDP"], managementPoints: ["CENMP"] },
  { code: chi, type: "primary", parent: cen, distributionPoints: ["CHIDP1"], clientAccessPoints: ["CHICAP"] },
  { code: mke, type: "secondary", parent: chi, distributionPoints: ["MKEDP"] },
];
export const siteCodes: readonly string[] = sites.map(({ code }) => code);
export const points: readonly Point[] = [
  ["CEN", "HQDP"],
  ["CHI", "CHIDP1"],
  ["MKE", "MKEDP"],
];

/** Emulated time is fast, so that waiting for retries costs little. */
const scale = 12_000;

/** Real milliseconds. Only for a process that has lost its tongue. */
const answerWithinMs = 10_000;

export class MatrixHierarchy implements AsyncDisposable {
  readonly processes: SiteProcesses;
  readonly folder: string;

  private constructor(processes: SiteProcesses, folder: string) {
    this.processes = processes;
    this.folder = folder;
  }

  /** Up and attached. `folder` takes it. Where the power is cut, the journals are not checked in the end. */
  static async start(
    folder: string,
    program: SiteProgram,
    signal: AbortSignal,
    { cutsPower = false }: { readonly cutsPower?: boolean } = {},
  ): Promise<MatrixHierarchy> {
    await using owned = new AsyncDisposableStack();
    const processes = owned.use(
      await SiteProcesses.make(folder, sites, scale, signal, { ...program, cutsPower }),
    );
    await Promise.all(processes.all.map((site) => site.start()));
    await processes.attach(sites);
    owned.move();
    return new MatrixHierarchy(processes, folder);
  }

  get sources(): string {
    return join(this.folder, "sources");
  }

  site(code: string): SiteProcess {
    const found = this.processes.all.find((site) => site.code === code);
    if (!found) throw new Error(`there is no site ${code}`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.processes[Symbol.asyncDispose]();
  }
}

/** Gives an order to the shim of a site. Resolves with its answer. */
export async function ask<Said extends Report["said"]>(
  site: SiteProcess,
  order: Order,
  said: Said,
): Promise<Extract<Report, { said: Said }>> {
  const answer = heard(site, said, AbortSignal.timeout(answerWithinMs));
  site.tell(order);
  return await answer;
}

/** Resolves when the shim of a site says so. Rejects with the signal's reason when that aborts. */
export function heard<Said extends Report["said"]>(
  { said: voice }: SiteProcess,
  said: Said,
  signal: AbortSignal,
): Promise<Extract<Report, { said: Said }>> {
  return new Promise((resolve, reject) => {
    const listen = (message: unknown) => {
      const told = report.parse(message);
      if (told.said !== said) return;
      end(() => resolve(told as Extract<Report, { said: Said }>));
    };
    const abort = () => end(() => reject(signal.reason));
    const end = (settle: () => void) => {
      voice.off("message", listen);
      signal.removeEventListener("abort", abort);
      settle();
    };
    if (signal.aborted) return reject(signal.reason);
    voice.on("message", listen);
    signal.addEventListener("abort", abort);
  });
}

/** Looks a few times a second, for to look at three sites costs, until nothing is left to say; rejects with what is when the time is over. */
export async function settled(
  what: string,
  withinMs: number,
  signal: AbortSignal,
  look: () => Promise<readonly string[]>,
): Promise<void> {
  let left: readonly string[] = [];
  const isSettled = await until(systemWallClock, { everyMs: 100, withinMs, signal }, async () => {
    try {
      left = await look();
    } catch (error) {
      left = [String(error)]; // a site is away, or something moves while one looks
    }
    return left.length === 0 ? true : undefined;
  });
  if (!isSettled) throw new Error(`${what}, after ${withinMs / 1000} s:\n  ${left.join("\n  ")}`);
}
