/**
 * Where a run is: what has arrived, what is decided, what has been told. Tells each thing once, when it is so.
 */
import type { RunningHierarchy } from "../hierarchy.ts";
import type { CopyStatus } from "../sms-provider.ts";
import { durationWords } from "../topology/duration.ts";
import type { Topology } from "../topology/plan.ts";
import type { WallClock } from "../wall-clock.ts";
import { copyReport } from "../watch.ts";
import { counted } from "../words.ts";
import { arrivalRows, arrivalTable } from "./arrival-table.ts";
import { arrivalKey, type Board } from "./board.ts";
import { type Deadline, type Delivery, isDelivered, type Verdict, verdictOn } from "./expectations.ts";
import type { Report } from "./report.ts";

type Deps = {
  topology: Topology;
  hierarchy: RunningHierarchy;
  board: Board;
  deliveries: readonly Delivery[];
  deadlines: readonly Deadline[];
  wallClock: WallClock;
  report: Report;
};

/** How often, in milliseconds of real time, the Provider is asked. */
const askEveryMs = 1_000;
/** How long, in milliseconds of real time, the status of the last copy may take to reach the package's site. */
const statusWithinMs = 20_000;

export class Course {
  /** Copies that sites have given up, as arrival keys. */
  givenUp: ReadonlySet<string> = new Set();
  readonly #deps: Deps;
  #troublesTold: ReadonlySet<string> = new Set();
  #verdicts: readonly Verdict[];
  #isTableTold = false;
  #isStatusTold = false;
  #arrivedRealMs: number | undefined;
  #askedRealMs = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#verdicts = deps.deadlines.map((deadline) => ({ deadline, state: "open", missing: [] }));
  }

  get isDecided(): boolean {
    return this.#verdicts.every(({ state }) => state !== "open");
  }

  get isHeld(): boolean {
    return this.#verdicts.every(({ state }) => state === "held");
  }

  /** Looks, and tells what is new. True once there is nothing left to wait for. */
  async look(): Promise<boolean> {
    const { deliveries, board, hierarchy, wallClock } = this.#deps;
    const isArrived = deliveries.every((delivery) => isDelivered(delivery, board));
    if (isArrived) this.#arrivedRealMs ??= wallClock.now();
    if (isArrived && !this.#isTableTold) this.#tellTable();
    if (!this.#isStatusTold) await this.#ask(isArrived);
    this.#verdicts = this.#verdicts.map((verdict) => {
      if (verdict.state !== "open") return verdict;
      const now = verdictOn(verdict.deadline, board, hierarchy.now(), this.givenUp);
      if (now.state !== "open") this.#tellVerdict(now);
      return now;
    });
    if (!this.isDecided) return false;
    if (isArrived) return this.#isStatusTold; // the last word is the Provider's, and it is on its way
    if (this.#verdicts.length === 0) return false;
    if (!this.#isTableTold) this.#tellTable();
    return true;
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
    const { topology, deliveries, board, report } = this.#deps;
    const { startMs } = topology.clock;
    this.#isTableTold = true;
    const rows = arrivalRows(topology.sites, deliveries, board);
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

  #tellVerdict({ deadline, state, missing }: Verdict): void {
    const { topology, report } = this.#deps;
    const { delivery, on, byMs } = deadline;
    const sinceStartMs = byMs - topology.clock.startMs;
    const names = missing.map(({ server }) => server);
    const what = `${delivery.name} on ${counted(on.length, "distribution point")} by +${durationWords(sinceStartMs)}`;
    report.answer(`${state}: ${what}${names.length > 0 ? `; not on ${names.join(", ")}` : ""}`);
    report.fact({ type: "expectation", package: delivery.id, state, sinceStartMs, missing: names });
  }
}

function troubleWords({ site, server, packageId, state, reason }: CopyStatus): string {
  return `${site} ${server}: ${packageId} ${state === "failed" ? "has failed" : "is tried again later"}: ${reason}`;
}
