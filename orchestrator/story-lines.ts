/**
 * A package's story in lines: part by part, a site's own work and each hop to the next, with the log to look in and
 * what happened to which file; then what each site has, and what is waited for. Pure.
 */
import { basename, dirname } from "node:path/posix";

import type { SiteCode } from "../domain/identifiers.ts";
import type { JournalEvent } from "../domain/journal.ts";
import { durationWords } from "./topology/duration.ts";
import type { Copy, Story, Wait } from "./trace.ts";
import { bytesWords, counted, dateAndTime, logName, table } from "./words.ts";

export type StoryOptions = {
  /** The package's name, where it is known. */
  readonly name: string | undefined;
  /** Times are shown in a site's own zone; those of other sites in UTC. */
  readonly timeZones: ReadonlyMap<SiteCode, string>;
  /** Also the files in which status travels back up. */
  readonly all?: boolean | undefined;
  /** Strictly by time over all sites, instead of part by part. */
  readonly timeline?: boolean | undefined;
};

export function storyLines(story: Story, options: StoryOptions): string[] {
  const steps = story.steps.filter(({ isNews }) => options.all || !isNews);
  const first = steps[0]?.event;
  if (!first) return [];
  const since = (event: JournalEvent) => `+${durationWords(event.emulatedMs - first.emulatedMs)}`;
  const lines = [`${story.id}${options.name ? ` "${options.name}"` : ""}`];
  // Parts in the order in which they begin; two may go on at the same time.
  const parts = options.timeline ? new Map([["", steps]]) : Map.groupBy(steps, ({ stage }) => stage);
  for (const [stage, own] of parts) {
    const [start] = own;
    if (start) lines.push("", `${stage || "All sites"}, from ${when(start.event, options)}`);
    for (const { event } of own) {
      const site = options.timeline || stage.includes("->") ? `${event.site}  ` : "";
      lines.push(
        `  ${since(event).padStart(8)}  ${site}${logName(event.component).padEnd(12)}  ${stepWords(event)}`,
      );
    }
  }
  const hidden = story.steps.length - steps.length;
  if (hidden > 0)
    lines.push("", `(${counted(hidden, "more step")} carried the news of this back up: --all shows them)`);
  return [...lines, "", ...copyLines(story, since), "", ...waitLines(story, since, options)];
}

function when(event: JournalEvent, { timeZones }: StoryOptions): string {
  const zone = timeZones.get(event.site) ?? "UTC";
  return `${dateAndTime(event.emulatedMs, zone)} ${zone}`;
}

export function stepWords(event: JournalEvent): string {
  const { action, server, peer, sourceVersion, text } = event;
  const file = event.file && short(event.file);
  const size = event.bytes === undefined ? "" : `, ${bytesWords(event.bytes)}`;
  const version = sourceVersion === undefined ? "" : ` version ${sourceVersion}`;
  const because = text ? `: ${text}` : "";
  const isIncoming = event.request !== undefined && !event.request.endsWith(event.site);
  const to = peer ? ` ${isIncoming ? "from" : "for"} ${peer}` : "";
  switch (action) {
    case "created":
      return `left ${file}${to}${size}${because}`;
    case "claimed":
      return `took ${moved(event)}`;
    case "released":
      return `put back ${moved(event)}${because}`;
    case "renamed":
      return `renamed ${moved(event)}${because}`;
    case "updated":
      return `wrote ${file}${because}`;
    case "deleted":
      return `deleted ${file}${server ? ` at ${server}` : ""}${because}`;
    case "quarantined":
      return `put in quarantine ${moved(event)}${because}`;
    case "copied":
      return `copied ${moved(event)}`;
    case "recorded":
      return `recorded${version}${because || (file ? ` ${file}` : "")}`;
    case "compressed":
      return `compressed${version} ${moved(event)}${size}${because}`;
    case "stored":
      return `stored the compressed copy,${version} ${moved(event)}${size}${because}`;
    case "installed":
      return `installed${version} on ${server}${size}${file ? ` in ${file}` : ""}`;
    case "uninstalled":
      return `removed from ${server}`;
    case "sending":
      return `sending to ${peer}${size}${event.offset ? `, going on from byte ${event.offset}` : ""} (request ${event.request})`;
    case "received":
      return `received${file ? ` ${file}` : ""}${peer ? ` from ${peer}` : ""}${size}`;
    case "completed":
      return `sent to ${peer}${size} (request ${event.request})`;
    case "withdrawn":
      return `not sent any more${to}${because}${event.request ? ` (request ${event.request})` : ""}`;
    default:
      return `${action}${because}${because || !file ? "" : ` ${file}`}`;
  }
}

/** `Distmgr.box/A0100003.PKN -> A0100003.WRK`: the folder is said again only where it is another. */
function moved({ file = "", from }: JournalEvent): string {
  if (from === undefined || from === file) return short(file);
  return `${short(from)} -> ${dirname(from) === dirname(file) ? basename(file) : short(file)}`;
}

function short(path: string): string {
  return path.replace(/^SMS\/Inboxes\//, "");
}

function copyLines({ copies }: Story, since: (event: JournalEvent) => string): string[] {
  if (copies.length === 0) return ["No site has it yet."];
  const bySite = Map.groupBy(copies, (copy) => copy.site);
  const rows = [...bySite].flatMap(([site, own]) =>
    own
      .toSorted((a, b) => Number(a.server !== undefined) - Number(b.server !== undefined))
      .map((copy, index) => [
        `  ${index === 0 ? site : ""}`,
        placeOf(copy),
        `version ${copy.sourceVersion}`,
        since(copy.since),
      ]),
  );
  return ["What each site has", ...table(rows)];
}

function placeOf({ server }: Copy): string {
  return server === undefined ? "compressed copy" : `distribution point ${server}`;
}

function waitLines(
  { waits }: Story,
  since: (event: JournalEvent) => string,
  { all }: StoryOptions,
): string[] {
  const shown = waits.filter(({ isNews }) => all || !isNews);
  if (shown.length === 0) return ["Nothing is waited for: every step that began has ended."];
  const rows = shown.map((wait) => [
    `  ${wait.last.site}`,
    logName(wait.last.component),
    `since ${since(wait.last)}`,
    waitWords(wait),
  ]);
  return ["What is waited for", ...table(rows)];
}

/** `Schedule.box/Requests/2__02CEN.SRQ: no address is open` */
export function waitWords({ file, last, reason }: Wait): string {
  return `${file === undefined ? "" : `${short(file)}: `}${reason ?? stateWords(last)}`;
}

function stateWords({ action, peer, file = "" }: JournalEvent): string {
  if (/\.(PCK|TMP)$/.test(file))
    return action === "created" ? "on its way here" : "waits for its instruction";
  if (action === "sending") return `on its way to ${peer}`;
  return action === "claimed" || action === "updated" ? "taken, not finished yet" : "waits to be taken";
}
