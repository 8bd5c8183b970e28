/**
 * What the topology expects, judged for a test as `spoolnet run` judges it.
 */
import {
  type Expectation,
  expectationWords,
  isWaitedFor,
  type Verdict as Judgement,
} from "../expectations/expectation.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import { Course, type Judged, verdictLine } from "../progress/course.ts";
import type { Delivery } from "../progress/expectations.ts";
import { silentReport } from "../progress/report.ts";
import type { Recording } from "../report/recording.ts";
import { expected } from "../run.ts";
import type { Topology } from "../topology/plan.ts";
import type { WallClock } from "../wall-clock.ts";

export type Verdict = Pick<Judgement, "state" | "measured" | "bound" | "unit"> & {
  readonly kind: Expectation["kind"];
  /** What is expected. */
  readonly text: string;
  /** The verdict in a line, as a run prints it. */
  readonly line: string;
  /** Of a failure: when, on the emulated calendar, and why. */
  readonly failedAt: Date | undefined;
  readonly why: string | undefined;
};

type Deps = {
  readonly hierarchy: RunningHierarchy;
  readonly topology: Topology;
  readonly recording: Recording;
  readonly deliveries: readonly Delivery[];
  readonly wallClock: WallClock;
};

/** How often what is expected is looked at, in milliseconds of real time. */
const lookEveryMs = 50;

export function verdictsNow(deps: Deps): Verdict[] {
  return courseOf(deps, deps.topology.expectations).judged.map(verdictFor);
}

/** Looks at what is expected until all of it is decided. Where a topology expects nothing, it is that all arrives. */
export class Deciding implements AsyncDisposable {
  readonly #course: Course;
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;
  #isOver = false;
  #failed: { readonly error: unknown } | undefined;

  constructor(deps: Deps) {
    this.#course = courseOf(deps);
    this.#looking = this.#look(deps.wallClock).catch((error: unknown) => {
      this.#failed = { error };
    });
  }

  /** Undefined until all of it is decided. Throws where looking fails. */
  verdicts(): Verdict[] | undefined {
    if (this.#failed) throw this.#failed.error;
    return this.#isOver ? this.#course.judged.map(verdictFor) : undefined;
  }

  /** What is still waited for, in words. */
  openWords(): string {
    const open = this.#course.judged.filter(
      ({ expectation, verdict }) => verdict.state === "open" && isWaitedFor(expectation),
    );
    return open.map(({ expectation }) => expectationWords(expectation)).join("; ") || "what is expected";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  async #look(wallClock: WallClock): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#isOver = await this.#course.look();
      if (this.#isOver) return;
      await wallClock.sleep(lookEveryMs, this.#stop.signal);
    }
  }
}

function verdictFor({ expectation, verdict }: Judged): Verdict {
  const { state, measured, bound, unit, failedMs, why } = verdict;
  return {
    kind: expectation.kind,
    text: expectationWords(expectation),
    line: verdictLine(expectation, verdict),
    ...{ state, measured, bound, unit },
    failedAt: failedMs === undefined ? undefined : new Date(failedMs),
    why,
  };
}

function courseOf(deps: Deps, expectations?: readonly Expectation[]): Course {
  const { topology, deliveries, hierarchy } = deps;
  const whole = expected({ topology, exit: true, timeoutMs: undefined }, deliveries, hierarchy.now());
  return new Course({
    ...deps,
    ...whole,
    ...(expectations ? { expectations } : {}),
    isPlayed: () => true,
    report: silentReport, // a test asks; nothing is told by itself
  });
}
