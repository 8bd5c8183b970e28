/**
 * One run of a topology: up, packages in, watched until everything expected is decided, and then up or down as
 * the user wants. Ends with the exit code; what it started has stopped by then.
 */
import type { JournalEvent } from "../domain/journal.ts";
import { addPackages } from "./add-packages.ts";
import type { Driver } from "./drivers/driver.ts";
import { type ExitCode, exitCodes } from "./failure.ts";
import { type RunningHierarchy, startHierarchy } from "./hierarchy.ts";
import { withSources } from "./made-sources.ts";
import { Board } from "./progress/board.ts";
import { Course } from "./progress/course.ts";
import { eventLine } from "./progress/event-line.ts";
import type { Deadline, Delivery } from "./progress/expectations.ts";
import type { Report } from "./progress/report.ts";
import { screenLines } from "./progress/screen.ts";
import { checkApart, type RunRoot } from "./run-root.ts";
import { durationWords } from "./topology/duration.ts";
import type { Topology } from "./topology/plan.ts";
import type { WallClock } from "./wall-clock.ts";
import { Watch } from "./watch.ts";
import { counted } from "./words.ts";

/** What the user is told to do next, seen from where the user is: that may be outside the container this runs in. */
export type Hints = {
  /** How spoolnet is called there. */
  readonly command: string;
  /** The central site's base URL. Default: as it is here. */
  readonly centralUrl: string | undefined;
  /** Where the administrator's token is, in words. Default: in the hierarchy's record. */
  readonly token: string | undefined;
};

export type RunOptions = {
  readonly topology: Topology;
  readonly driver: Driver;
  readonly root: RunRoot;
  readonly administratorToken: string | undefined;
  /** True where the user chose the first package's source. */
  readonly isSourceChosen: boolean;
  /** End when everything expected is decided. */
  readonly exit: boolean;
  /** The longest to wait for what is expected, in emulated milliseconds from now. */
  readonly timeoutMs: number | undefined;
  readonly wallClock: WallClock;
  readonly signal: AbortSignal;
  readonly report: Report;
  readonly hints: Hints;
};

/** How often, in milliseconds of real time, what is expected is looked at. */
const lookEveryMs = 100;
/** What `--exit` waits for where the topology expects nothing and no time-out is given. */
const unexpectedMs = 24 * 3_600_000;

export async function run(given: RunOptions): Promise<ExitCode> {
  const options = { ...given, topology: await withSources(given.topology, given.root.folder) };
  const { topology, driver, root, report, signal, wallClock } = options;
  for (const { sourceFolder } of topology.packages) await checkApart(root.folder, sourceFolder);
  const startedRealMs = wallClock.now();
  const sites = counted(topology.sites.length, "site");
  report.say(
    `${topology.name}: ${driver.keepsFolders ? `starting ${sites} in ${root.folder}` : `attaching ${sites}`}`,
  );
  try {
    const say = (words: string) => report.say(words);
    await using hierarchy = await startHierarchy({ ...options, root: root.folder, say });
    report.fact({
      type: "hierarchy",
      name: topology.name,
      root: root.folder,
      clock: hierarchy.clock,
      sites: topology.sites.map(({ code }) => ({ code, url: hierarchy.site(code).url })),
    });
    const board = new Board();
    const sinceStart = () => `+${durationWords(hierarchy.now() - topology.clock.startMs)}`;
    const onEvent = (event: JournalEvent) => {
      if (event.realMs < startedRealMs) return; // told by an earlier run
      const line = eventLine(event, board);
      if (line === undefined) return;
      report.say(`${`+${durationWords(event.emulatedMs - topology.clock.startMs)}`.padEnd(8)} ${line}`);
      report.fact({ type: "event", text: line, event });
    };
    await using watch = new Watch(hierarchy, { board, onEvent, say });
    const deliveries = await addPackages(hierarchy, topology.packages, { ...options, say });
    for (const { isNew, ...delivery } of deliveries) report.fact({ type: "package", isNew, ...delivery });

    const deadlines = deadlinesOf(options, deliveries, hierarchy.now());
    const course = new Course({ ...options, hierarchy, board, deliveries, deadlines });
    const screen = () =>
      screenLines({
        sites: topology.sites,
        deliveries,
        board,
        givenUp: course.givenUp,
        nowMs: hierarchy.now(),
        sinceStart: sinceStart(),
      });
    let isInvited = false;
    while (!signal.aborted) {
      if (watch.error) throw watch.error;
      const isOver = await course.look();
      if (isOver && options.exit) break;
      if (isOver && !isInvited) report.say(invitation(options, hierarchy, deliveries));
      isInvited ||= isOver;
      report.screen(isInvited ? () => [] : screen);
      await wallClock.sleep(lookEveryMs, signal);
    }
    report.screen(() => []);
    const exitCode = exitCodeOf(options, course);
    if (signal.aborted) report.say("stopping");
    report.fact({ type: "end", exitCode });
    return exitCode;
  } catch (error) {
    if (!signal.aborted) throw error;
    return options.exit ? exitCodes.stopped : exitCodes.held; // stopped on its way up: the error is only the echo
  }
}

function exitCodeOf({ exit, signal }: RunOptions, course: Course): ExitCode {
  if (!exit) return exitCodes.held;
  if (signal.aborted && !course.isDecided) return exitCodes.stopped;
  return course.isHeld ? exitCodes.held : exitCodes.expectationFailed;
}

function deadlinesOf(options: RunOptions, deliveries: readonly Delivery[], nowMs: number): Deadline[] {
  const { topology, exit, timeoutMs } = options;
  const latest = nowMs + (timeoutMs ?? Number.POSITIVE_INFINITY);
  const expected = topology.expectations.flatMap((expectation) =>
    deliveries
      .filter((delivery) => delivery.name === expectation.package)
      .map((delivery) => ({
        delivery,
        on: expectation.on,
        byMs: Math.min(topology.clock.startMs + expectation.byMs, latest),
      })),
  );
  if (expected.length > 0 || !exit) return expected;
  // Nothing is expected: then it is that everything arrives.
  return deliveries.map((delivery) => ({
    delivery,
    on: delivery.distributionPoints,
    byMs: nowMs + (timeoutMs ?? unexpectedMs),
  }));
}

/** What the user can do while the hierarchy stays up. */
function invitation(
  { topology, driver, root, hints }: RunOptions,
  hierarchy: RunningHierarchy,
  deliveries: readonly Delivery[],
): string {
  const central = topology.sites.find((site) => site.parent === null);
  const [first] = deliveries;
  return [
    "",
    "The hierarchy stays up until Ctrl-C. Meanwhile:",
    ...(first ? [`  the story of the package   ${hints.command} trace ${first.id}`] : []),
    ...(driver.keepsFolders
      ? [
          `  the folders of the sites   ${root.folder}/<site>${root.isKept ? "" : " (removed at the end; --root keeps them)"}`,
        ]
      : []),
    ...(central
      ? [
          `  the SMS Provider           ${hints.centralUrl ?? hierarchy.site(central.code).url}/AdminService/wmi/SMS_Package`,
        ]
      : []),
    `  its bearer token           ${hints.token ?? `"token" in ${root.folder}/hierarchy.json`}`,
  ].join("\n");
}
