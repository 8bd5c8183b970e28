/**
 * `spoolnet clock`: the emulated time of a hierarchy that runs, shown and changed.
 */
import { Command } from "commander";

import { type ClockTimeline, emulatedAt, momentAt, withMoment } from "../../domain/clock.ts";
import { exitCodes, Failure } from "../failure.ts";
import { noticeMs, tellAll } from "../hierarchy-clock.ts";
import type { SiteOptions } from "../running-sites.ts";
import type { SiteClient } from "../site-client.ts";
import { expectedMoment, momentMs, parseMoment } from "../topology/moment.ts";
import { systemWallClock } from "../wall-clock.ts";
import { dateAndTime } from "../words.ts";
import { type AnswerOptions, answer, exitCodesHelp } from "./answer.ts";
import type { CommandContext } from "./command-context.ts";
import { siteOptionsHelp, withSiteOptions, withSites } from "./site-options.ts";

type Options = SiteOptions & AnswerOptions;
type Change = { readonly emulatedMs?: number; readonly scale?: number };
type Now = { readonly timeline: ClockTimeline; readonly timeZone: string };

export function clockCommand(context: CommandContext): Command {
  const show = clockAction(
    "show",
    "the time of the central site, and how fast it goes",
    "spoolnet clock show",
  );
  const scale = clockAction("scale", "how fast it goes from now on", "spoolnet clock scale 60").argument(
    "<number>",
    "emulated seconds to a real one, 1 to 3600",
  );
  const advance = clockAction(
    "advance",
    "emulated time jumps to a moment, for all sites at once",
    'spoolnet clock advance "Sat 06:00"\n  spoolnet clock advance +8h',
  ).argument(
    "<moment>",
    "a day and a time on the clock of the central site, a date and a time, or +time from now",
  );
  show.action((options: Options) => change(options, () => undefined));
  scale.action((text: string, options: Options) => {
    const number = Number(text);
    if (!(number >= 1 && number <= 3600))
      throw new Failure("usage", `expected a number from 1 to 3600, found "${text}"`);
    return change(options, () => ({ scale: number }));
  });
  advance.action((text: string, options: Options) => {
    const at = parseMoment(text);
    if (!at) throw new Failure("usage", `${expectedMoment}, found "${text}"`);
    return change(options, (nowMs, timeZone) => {
      const emulatedMs = momentMs(at, nowMs, timeZone);
      if (emulatedMs > nowMs) return { emulatedMs };
      const now = dateAndTime(nowMs, timeZone);
      throw new Failure("usage", `expected a moment after ${now}, as time never goes back, found "${text}"`);
    });
  });
  return new Command("clock")
    .description("show or change the emulated time of a hierarchy that runs")
    .addCommand(show)
    .addCommand(scale)
    .addCommand(advance);

  async function change(
    options: Options,
    changeOf: (nowMs: number, timeZone: string) => Change | undefined,
  ): Promise<void> {
    await withSites(options, context.environment, async (sites) => {
      const { timeline: known, timeZone } = await clockOf(sites);
      const wanted = changeOf(emulatedAt(known, systemWallClock.now()), timeZone);
      const realMs = systemWallClock.now() + (wanted ? noticeMs : 0);
      const timeline = wanted ? withMoment(known, { ...wanted, realMs }) : known;
      if (wanted) await tellAll(sites, timeline);
      const { scale: now } = momentAt(timeline, realMs);
      const emulatedMs = emulatedAt(timeline, realMs);
      const words = `${dateAndTime(emulatedMs, timeZone)} (${timeZone}), ${now} emulated seconds to a real one`;
      answer(context, options, words, { type: "clock", emulatedMs, scale: now, timeZone, timeline });
      context.end(exitCodes.held);
    });
  }
}

/** As the first site that answers has it, in the time zone of the central site where that answers. */
async function clockOf(sites: readonly SiteClient[]): Promise<Now> {
  const asked = await Promise.allSettled(sites.map((site) => site.describe()));
  const found = asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const [first] = found;
  if (!first) throw asked.find((one) => one.status === "rejected")?.reason ?? new Error("there are no sites");
  const timeline = found.find(({ clock }) => clock !== null)?.clock;
  if (!timeline)
    throw new Failure("environment", "the sites wait to be told a clock: is the hierarchy starting?");
  return { timeline, timeZone: (found.find(({ parent }) => parent === null) ?? first).timeZone };
}

function clockAction(name: string, description: string, example: string): Command {
  return withSiteOptions(new Command(name).description(description))
    .option("--json", "write a line of JSON instead of words")
    .option("--quiet", "say nothing")
    .addHelpText("after", `\nExample:\n  ${example}\n${siteOptionsHelp}${exitCodesHelp}`);
}
