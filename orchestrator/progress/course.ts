/**
 * Where a run is: what has arrived, what is decided, what has been told. Tells each thing once, when it is so.
 */
import {
  type Expectation,
  expectationWords,
  isWaitedFor,
  measuredWords,
  type Scene,
  type Verdict,
} from "../expectations/expectation.ts";
import { verdictOn } from "../expectations/verdict.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import type { Recording } from "../report/recording.ts";
import type { CopyStatus } from "../sms-provider.ts";
import type { Topology } from "../topology/plan.ts";
import type { WallClock } from "../wall-clock.ts";
import { copyReport } from "../watch.ts";
import { arrivalRows, arrivalTable } from "./arrival-table.ts";
import { arrivalKey } from "./board.ts";
import { type Delivery, isDelivered } from "./expectations.ts";
import type { Report } from "./report.ts";

type Deps = {
  topology: Topology;
  hierarchy: RunningHierarchy;
  recording: Recording;
  /** What is delivered now: a scenario adds to them and changes them. */
  deliveries: readonly Delivery[];
  /** True once nothing more happens by its time: until then a run that could end goes on. */
  isPlayed: () => boolean;
  expectations: readonly Expectation[];
  /** The emulated moment at which nothing is waited for any more. */
  untilMs: number;
  wallClock: WallClock;
  report: Report;
};

export type Judged = { readonly expectation: Expectation; readonly verdict: Verdict };

/** How often, in milliseconds of real time, the Provider is asked. */
const askEveryMs = 1_000;
/** How often, in milliseconds of real time, bounds are judged: they go through everything that was sent. */
const boundsEveryMs = 1_000;
/** How long, in milliseconds of real time, the status of the last copy may take to reach the package's site. */
const statusWithinMs = 20_000;

export class Course {
  /** Copies that sites have given up, as arrival keys. */
  givenUp: ReadonlySet<string> = new Set();
  /** In the order of the topology. */
  judged: readonly Judged[];
  /** What everything is judged by, as of the last look. */
  scene: Scene;
  readonly #deps: Deps;
  #troublesTold: ReadonlySet<string> = new Set();
  /** What the table told of; it is told again once that has changed. */
  #tableOf: readonly Delivery[] | undefined;
  #isStatusTold = false;
  #arrivedRealMs: number | undefined;
  #askedRealMs = 0;
  #boundsRealMs = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.scene = this.#sceneNow(false);
    this.judged = deps.expectations.map((expectation) => ({
      expectation,
      verdict: verdictOn(expectation, this.scene),
    }));
    for (const { expectation, verdict } of this.judged)
      if (verdict.state !== "open") this.#tellVerdict(expectation, verdict);
  }

  get isDecided(): boolean {
    return this.judged.every(({ verdict }) => verdict.state !== "open");
  }

  get isHeld(): boolean {
    return this.judged.every(({ verdict }) => verdict.state === "held");
  }

  /** Looks, and tells what is new. True once there is nothing left to wait for; after that nothing is judged again. */
  async look(): Promise<boolean> {
    if (this.scene.isOver) return true;
    const { deliveries, recording, wallClock } = this.#deps;
    const isArrived = deliveries.every((delivery) => isDelivered(delivery, recording.board));
    if (isArrived) this.#arrivedRealMs ??= wallClock.now();
    if (isArrived && this.#tableOf === undefined) this.#tellTable();
    if (!this.#isStatusTold) await this.#ask(isArrived);
    this.#judge(false);
    if (!this.#isSettled(isArrived) || !this.#deps.isPlayed()) return false;
    const isChanged =
      deliveries.length !== this.#tableOf?.length || deliveries.some((one) => !this.#tableOf?.includes(one));
    if (isChanged) this.#tellTable();
    this.#judge(true);
    return true;
  }

  /** Nothing that is waited for can change any more. What bounds a run does not keep it going. */
  #isSettled(isArrived: boolean): boolean {
    const waitedFor = this.judged.filter(({ expectation }) => isWaitedFor(expectation));
    const isOpen = waitedFor.some(
      ({ expectation, verdict }) =>
        verdict.state === "open" && !(expectation.kind === "nothing lost" && isArrived),
    );
    if (isOpen && this.scene.nowMs <= this.#deps.untilMs) return false;
    if (isArrived) return this.#isStatusTold; // the last word is the Provider's, and it is on its way
    return waitedFor.length > 0;
  }

  #judge(isOver: boolean): void {
    const realMs = this.#deps.wallClock.now();
    const areBoundsDue = isOver || realMs - this.#boundsRealMs >= boundsEveryMs;
    if (areBoundsDue) this.#boundsRealMs = realMs;
    this.scene = this.#sceneNow(isOver);
    this.judged = this.judged.map((before) => {
      if (before.verdict.state !== "open") return before;
      if (!areBoundsDue && !isWaitedFor(before.expectation)) return before;
      const verdict = verdictOn(before.expectation, this.scene);
      if (verdict.state !== "open") this.#tellVerdict(before.expectation, verdict);
      return { ...before, verdict };
    });
  }

  #sceneNow(isOver: boolean): Scene {
    const { topology, recording, deliveries, hierarchy } = this.#deps;
    return { topology, recording, deliveries, nowMs: hierarchy.now(), givenUp: this.givenUp, isOver };
  }

  /** The Provider hears of an arrival later than the distribution point has it: status travels as files do. */
  async #ask(isArrived: boolean): Promise<void> {
    const { hierarchy, deliveries, wallClock, report } = this.#deps;
    const realMs = wallClock.now();
    if (realMs - this.#askedRealMs < askEveryMs) return;
    this.#askedRealMs = realMs;
    const answer = await copyReport(hierarchy, deliveries);
    if (answer) this.#tellTroubles(answer.troubled);
    if (!isArrived) return;
    const isOver = realMs - (this.#arrivedRealMs ?? realMs) > statusWithinMs;
    if (!answer?.isComplete && !isOver) return;
    this.#isStatusTold = true;
    if (deliveries.length === 0) return;
    report.say(
      answer?.isComplete
        ? "The SMS Provider has heard it from every site."
        : `! The SMS Provider has not heard it from every site within ${statusWithinMs / 1000} s.`,
    );
    report.fact({ type: "status", isComplete: answer?.isComplete ?? false });
  }

  /** Each copy's trouble once, as long as it stays the same. */
  #tellTroubles(troubled: readonly CopyStatus[]): void {
    const { report } = this.#deps;
    const told = this.#troublesTold;
    this.#troublesTold = new Set(troubled.map(troubleWords));
    this.givenUp = new Set(
      troubled
        .filter(({ state }) => state === "failed")
        .map(({ packageId, server }) => arrivalKey(packageId, server)),
    );
    for (const copy of troubled) {
      const words = troubleWords(copy);
      if (told.has(words)) continue;
      report.answer(`! ${words}`);
      report.fact({ type: "trouble", ...copy });
    }
  }

  #tellTable(): void {
    const { topology, deliveries, recording, report } = this.#deps;
    const { startMs } = topology.clock;
    this.#tableOf = [...deliveries];
    const rows = arrivalRows(topology.sites, deliveries, recording.board);
    if (rows.length > 0) report.answer(`\n${arrivalTable(rows, startMs).join("\n")}\n`);
    for (const { delivery, site, server, arrival } of rows) {
      report.fact({
        type: "arrival",
        package: delivery.id,
        sourceVersion: delivery.sourceVersion,
        site: site.code,
        server,
        emulatedMs: arrival?.emulatedMs ?? null,
        sinceStartMs: arrival ? arrival.emulatedMs - startMs : null,
        compressedBytes: arrival?.compressedBytes ?? null,
      });
    }
  }

  #tellVerdict(expectation: Expectation, verdict: Verdict): void {
    const { report } = this.#deps;
    const text = expectationWords(expectation);
    report.answer(verdictLine(expectation, verdict));
    report.fact({ type: "expectation", kind: expectation.kind, text, ...verdict });
  }
}

/** `failed: Maps on 2 distribution points by +1.0s; not on HQDP, MKEDP` */
export function verdictLine(expectation: Expectation, verdict: Verdict): string {
  const isTold = expectation.kind !== "arrival" && expectation.kind !== "nothing lost";
  const numbers = isTold ? `: ${measuredWords(verdict)}` : "";
  return `${verdict.state}: ${expectationWords(expectation)}${numbers}${verdict.why ? `; ${verdict.why}` : ""}`;
}

function troubleWords({ site, server, packageId, state, reason }: CopyStatus): string {
  return `${site} ${server}: ${packageId} ${state === "failed" ? "has failed" : "is tried again later"}: ${reason}`;
}
