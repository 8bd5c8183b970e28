/**
 * One run of a topology: up, packages in, watched until everything expected is decided, and then up or down as
 * the user wants. Ends with the exit code; what it started has stopped by then.
 */
import type { SiteCode } from "../domain/identifiers.ts";
import type { JournalEvent } from "../domain/journal.ts";
import { addPackages } from "./add-packages.ts";
import type { Console, ConsoleWish } from "./console/console.ts";
import type { Driver } from "./drivers/driver.ts";
import { type Expectation, isWaitedFor } from "./expectations/expectation.ts";
import { type ExitCode, exitCodes } from "./failure.ts";
import { type RunningHierarchy, startHierarchy } from "./hierarchy.ts";
import { rememberRoot } from "./hierarchy-record.ts";
import { withSources } from "./made-sources.ts";
import { Course } from "./progress/course.ts";
import { eventLine } from "./progress/event-line.ts";
import type { Delivery } from "./progress/expectations.ts";
import type { Report } from "./progress/report.ts";
import { screenLines } from "./progress/screen.ts";
import { type Happening, stillCut } from "./report/happenings.ts";
import { Recording } from "./report/recording.ts";
import { writeReports } from "./report/report-files.ts";
import { keepHappening, keepTopology, keptHappenings } from "./report/run-folder.ts";
import { checkApart, type RunRoot } from "./run-root.ts";
import { playScenario } from "./scenario/play.ts";
import type { Player } from "./scenario/player.ts";
import { durationWords } from "./topology/duration.ts";
import type { Topology } from "./topology/plan.ts";
import { absentAt } from "./topology/scenario-plan.ts";
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
  /** Where the driver keeps nothing on this machine, only for sources that are made. */
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
  /** Files to write the report of the run to, each in the format of its extension. */
  readonly reportFiles: readonly string[];
  readonly hints: Hints;
  /** Undefined where no console is wanted. */
  readonly console: ConsoleWish | undefined;
};

/** How often, in milliseconds of real time, what is expected is looked at. */
const lookEveryMs = 100;
/** How long is waited for what has no time of its own where no time-out is given, in emulated milliseconds. */
const unexpectedMs = 24 * 3_600_000;

export async function run(given: RunOptions): Promise<ExitCode> {
  const options = { ...given, topology: await withSources(given.topology, given.root.folder) };
  const { topology, driver, root, report, signal, wallClock } = options;
  for (const { sourceFolder } of topology.packages) await checkApart(root.folder, sourceFolder);
  if (!driver.isLabelled) await rememberRoot(root.folder);
  const startedRealMs = wallClock.now();
  const sites = counted(topology.sites.length, "site");
  report.say(`${topology.name}: ${beginning(options, sites)}`);
  try {
    const say = (words: string) => report.say(words);
    await using hierarchy = await startHierarchy({
      ...options,
      root: root.folder,
      isRootKept: root.isKept,
      say,
    });
    report.fact({
      type: "hierarchy",
      name: topology.name,
      root: driver.isLabelled ? null : root.folder,
      driver: driver.name,
      clock: hierarchy.clock,
      sites: topology.sites.map(({ code }) => ({ code, url: hierarchy.site(code).url })),
    });
    const recording = new Recording();
    const { board } = recording;
    const keepsFolder = !driver.isLabelled;
    if (keepsFolder) {
      await keepTopology(root.folder, topology.file);
      recording.happened.push(...(await keptHappenings(root.folder)));
    }
    const onHappening = (happening: Happening) => {
      recording.happened.push(happening);
      if (keepsFolder) keepHappening(root.folder, happening);
    };
    const restored = stillCut(recording.happened); // by an earlier run, which ended meanwhile
    const [emulatedMs, text] = [hierarchy.now(), "a run begins, with all links whole"];
    if (restored.length > 0) onHappening({ emulatedMs, source: "run", text, cut: [], restored });
    const sinceStart = () => `+${durationWords(hierarchy.now() - topology.clock.startMs)}`;
    const onEvent = (event: JournalEvent) => {
      if (event.realMs < startedRealMs) return; // told by an earlier run
      const line = eventLine(event, board);
      if (line === undefined) return;
      report.say(`${`+${durationWords(event.emulatedMs - topology.clock.startMs)}`.padEnd(8)} ${line}`);
      report.fact({ type: "event", text: line, event });
    };
    let player: Player | undefined;
    let shown: Console | undefined;
    const early: JournalEvent[] = [];
    const onAnyEvent = (event: JournalEvent) => {
      onEvent(event);
      if (shown) shown.told(event);
      else if (options.console) early.push(event);
      player?.look();
    };
    const onReach = (site: SiteCode, state: "down" | "up") => {
      player?.told(site, state);
      shown?.reached(site, state);
    };
    await using watch = new Watch(hierarchy, { board: recording, onEvent: onAnyEvent, onReach, say });
    const absent = absentAt(topology.scenario, hierarchy.clock[0]?.emulatedMs ?? topology.clock.startMs);
    const first = topology.packages.filter(({ name }) => !absent.has(name));
    const deliveries = await addPackages(hierarchy, first, { ...options, say });
    for (const { isNew, ...delivery } of deliveries) report.fact({ type: "package", isNew, ...delivery });

    await using playing = playScenario({
      ...options,
      hierarchy,
      board: recording.board,
      onHappening,
      deliveries,
    });
    player = playing;
    const course = new Course({
      ...options,
      hierarchy,
      recording,
      deliveries,
      isPlayed: () => playing.isOver,
      ...expected(options, deliveries, hierarchy.now()),
    });
    await using consoleOpen =
      options.console &&
      // Loaded where one is wanted: its server and metrics took a fifth of the start of each command.
      (await (
        await import("./console/console.ts")
      ).startConsole({
        ...options,
        ...options.console,
        driver: driver.name,
        hierarchy,
        recording,
        player: playing,
        deliveries,
        areFoldersShared: driver.keepsFolders,
        scene: () => course,
        say,
      }));
    shown = consoleOpen;
    if (shown) {
      for (const event of early.splice(0)) shown.told(event);
      report.answer(`The console: ${shown.address}`);
      report.fact({ type: "console", address: shown.address, url: shown.url, token: shown.token });
    }
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
      void hierarchy.learnClock();
      const isOver = await course.look();
      if (isOver && options.exit) break;
      if (isOver && !isInvited) {
        await writeReports(options.reportFiles, course, say);
        report.say(invitation(options, hierarchy, deliveries));
      }
      isInvited ||= isOver;
      report.screen(isInvited ? () => [] : screen);
      await wallClock.sleep(lookEveryMs, signal);
    }
    report.screen(() => []);
    const exitCode = exitCodeOf(options, course);
    await writeReports(options.reportFiles, course, say);
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

/** What is expected, and until when it is waited for: none of it is waited for longer than the time-out. */
export function expected(
  { topology, exit, timeoutMs }: Pick<RunOptions, "topology" | "exit" | "timeoutMs">,
  deliveries: readonly Delivery[],
  nowMs: number,
): { readonly expectations: readonly Expectation[]; readonly untilMs: number } {
  const { startMs } = topology.clock;
  const sinceStartMs = nowMs - startMs;
  const latestMs = sinceStartMs + (timeoutMs ?? Number.POSITIVE_INFINITY);
  const given = topology.expectations.map((one) =>
    one.kind === "arrival" ? { ...one, byMs: Math.min(one.byMs, latestMs) } : one,
  );
  const byMs = sinceStartMs + (timeoutMs ?? unexpectedMs);
  // Nothing is waited for: then it is that everything arrives.
  const implied = deliveries.map(
    ({ name, distributionPoints: on }): Expectation => ({ kind: "arrival", package: name, on, byMs }),
  );
  const expectations = given.some(isWaitedFor) || !exit ? given : [...implied, ...given];
  const deadlines = expectations.flatMap((one) => (one.kind === "arrival" ? one.byMs : []));
  return { expectations, untilMs: startMs + Math.max(byMs, ...(timeoutMs === undefined ? deadlines : [])) };
}

function beginning({ driver, root }: RunOptions, sites: string): string {
  if (driver.name === "attached") return `attaching ${sites}`;
  return `starting ${sites} ${driver.isLabelled ? `by ${driver.name}` : `in ${root.folder}`}`;
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
    `  its bearer token           ${hints.token ?? (driver.isLabelled ? `${hints.command} token ${topology.name}` : `"token" in ${root.folder}/hierarchy.json`)}`,
  ].join("\n");
}
