/**
 * What happens while a hierarchy runs, as a topology file writes it: steps at moments or after conditions, and chance.
 * How they become a timeline is in scenario/timeline.ts; rules between them and the sites are in scenario-rules.ts.
 */
import { z } from "zod";

import { siteCode } from "../../domain/identifiers.ts";
import { senderType } from "../../domain/package.ts";
import { rateRange, rateUnitNames, timeSpan } from "../../domain/quantity.ts";
import { rateLimitWords } from "../../domain/rate-limit-words.ts";
import { scheduleWords } from "../../domain/schedule-words.ts";
import { speedWords } from "./circuits.ts";
import { condition } from "./condition.ts";
import { expectedSpan, moment, spanMs } from "./moment.ts";
import { siteEnds } from "./site-codes.ts";

const span = z.string({ error: expectedSpan }).transform((text, context) => {
  const ms = spanMs(text);
  if (ms !== undefined && ms > 0) return ms;
  context.addIssue({ code: "custom", message: expectedSpan, input: text });
  return z.NEVER;
});

const expectedPair = "expected the two sites at its ends, like [CEN, CHI]";
const pair = z.array(siteEnds, { error: expectedPair }).length(2, expectedPair);
const expectedWay = "expected the sending and the receiving site, like [CEN, CHI]";
const way = z.array(siteCode, { error: expectedWay }).length(2, expectedWay);
const packageName = z.string({ error: "expected the name of a package of this file" });

const ofAddress = {
  from: siteCode.meta({ description: "The sending site.", examples: ["CEN"] }),
  to: siteCode.meta({ description: "The site it leads to.", examples: ["CHI"] }),
  sender: senderType
    .optional()
    .meta({ description: "Of this sender alone, where there are several addresses." }),
};

const clockChange = z
  .strictObject({
    advance: moment.optional().meta({
      description: "Emulated time jumps to there, +12h from where it is; never back.",
      examples: ["Sat 06:00", "+12h"],
    }),
    scale: z
      .number({ error: "expected a number from 1 to 3600" })
      .min(1, "expected a number from 1 to 3600")
      .max(3600, "expected a number from 1 to 3600")
      .optional()
      .meta({ description: "Emulated seconds to a real one from then on.", examples: [60] }),
  })
  .refine(({ advance, scale }) => advance !== undefined || scale !== undefined, {
    error: "expected advance, scale or both",
  });

/** What a step does; each has one of these. */
const actions = {
  cut: pair.optional().meta({
    description: "Nothing goes over the link between two sites, either way.",
    examples: [["CEN", "CHI"]],
  }),
  restore: pair.optional().meta({
    description: "The link is as the file declares it again.",
    examples: [["CEN", "CHI"]],
  }),
  slow: pair.optional().meta({
    description: "The link carries what `to` says, each way, and takes what `latency` says.",
    examples: [["CEN", "CHI"]],
  }),
  kill: siteEnds.optional().meta({
    description: "Sites end at once, as by SIGKILL. With `for` they are started again.",
    examples: ["CHI"],
  }),
  stop: siteEnds.optional().meta({ description: "Sites end in good order.", examples: ["CHI"] }),
  start: siteEnds
    .optional()
    .meta({ description: "Sites that were killed or stopped run again.", examples: ["CHI"] }),
  pause: siteEnds.optional().meta({
    description: "Sites neither work nor answer; their connections stay open.",
    examples: ["CHI"],
  }),
  resume: siteEnds.optional().meta({ description: "Sites that were paused go on.", examples: ["CHI"] }),
  add: packageName.optional().meta({
    description: "Makes a package of this file, which is then not made at the start.",
    examples: ["Office Update"],
  }),
  refresh: packageName.optional().meta({
    description: "A new version is taken from the package's source folder.",
    examples: ["Office Update"],
  }),
  redistribute: packageName.optional().meta({
    description: "The same version is installed once more on each distribution point.",
    examples: ["Office Update"],
  }),
  remove: packageName
    .optional()
    .meta({ description: "Deletes the package everywhere.", examples: ["Office Update"] }),
  limit: z
    .strictObject({
      ...ofAddress,
      rate: rateLimitWords.meta({ description: "As the rate of an address.", examples: ["64 kbit/s"] }),
    })
    .optional()
    .meta({ description: "Gives the addresses from one site to another a rate." }),
  schedule: z
    .strictObject({
      ...ofAddress,
      hours: scheduleWords.meta({
        description: "As the schedule of an address.",
        examples: [{ "Mon-Fri 08-18": "closed" }],
      }),
    })
    .optional()
    .meta({ description: "Gives the addresses from one site to another a schedule." }),
  clock: clockChange.optional().meta({ description: "Changes emulated time for all sites." }),
  fill: siteEnds.optional().meta({
    description:
      "The quota of a site's SMS_SITE share is used up: new files are refused (507) and tried again.",
    examples: ["CHI"],
  }),
  empty: siteEnds.optional().meta({ description: "The quota is lifted again.", examples: ["CHI"] }),
  corrupt: way.optional().meta({
    description:
      "A bit of the next package file that goes from the one site to the other is flipped on its way.",
    examples: [["CEN", "CHI"]],
  }),
  drop: siteEnds
    .optional()
    .meta({ description: "The RAS lines that a site has dialled drop.", examples: ["CEN"] }),
};

export type ActionName = keyof typeof actions;
export const actionNames = Object.keys(actions) as ActionName[];
/** What can be over after a while, without another step. */
export const endingActions: ReadonlySet<ActionName> = new Set([
  "cut",
  "slow",
  "kill",
  "stop",
  "pause",
  "limit",
  "schedule",
  "fill",
]);

export const stepWords = z
  .strictObject({
    at: moment.optional().meta({
      description:
        "When: since the clock's start, or on the clock of the central site, the first such moment.",
      examples: ["+20m", "Fri 23:00", "2003-11-08 06:00"],
    }),
    when: condition.optional().meta({
      description:
        "Or after what: a package arrived at a site or a distribution point, or is being sent from one site to another, a site is down or up again.",
      examples: ["Office Update arrived CHI", "Office Update sending CEN CHI", "CHI up"],
    }),
    after: span
      .optional()
      .meta({ description: "So long after the condition.", default: "0 ms", examples: ["10 min"] }),
    ...actions,
    to: speedWords(
      `expected a rate with its unit (${rateUnitNames}), like 64 kbit/s, or the name of a circuit`,
      rateRange,
    )
      .optional()
      .meta({ description: "What a slowed link carries.", examples: ["64 kbit/s", "modem-56k"] }),
    latency: timeSpan
      .optional()
      .meta({ description: "The delay of a slowed link, one way.", examples: ["600 ms"] }),
    for: span.optional().meta({
      description: `How long; then it is as it was before. For ${[...endingActions].join(", ")}.`,
      examples: ["15m", "1 h"],
    }),
  })
  .superRefine((step, context) => {
    const say = (message: string, key?: string) =>
      context.addIssue({ code: "custom", message, path: key === undefined ? [] : [key] });
    const done = actionNames.filter((name) => step[name] !== undefined);
    const [action] = done;
    if (action === undefined) say(`expected what to do, one of ${actionNames.join(", ")}`);
    if (done.length > 1) say(`expected one thing to do in a step, besides ${action}`, done[1]);
    if (step.at === undefined && step.when === undefined) say('expected "at" or "when"');
    if (step.at !== undefined && step.when !== undefined) say('expected "at" or "when", not both', "when");
    if (step.after !== undefined && step.when === undefined) say('expected "when" with it', "after");
    if (step.for !== undefined && action && !endingActions.has(action))
      say(
        `expected no time for ${action}, which is done at once (${[...endingActions].join(", ")} have one)`,
        "for",
      );
    if (action === "slow" && step.to === undefined && step.latency === undefined)
      say('expected "to", "latency" or both, to say how slow', "slow");
    for (const key of ["to", "latency"] as const)
      if (action && action !== "slow" && step[key] !== undefined)
        say(`expected it with slow, not with ${action}`, key);
  });
export type StepWords = z.infer<typeof stepWords>;

const expectedRate = "expected how often, like 2 per day, 1 per hour or 3 per week";
const inADay = { hour: 24, day: 1, week: 1 / 7 } as const;

const often = z
  .string({ error: expectedRate })
  .transform((text, context) => {
    const [, count, period] =
      /^(\d{1,4}(?:\.\d+)?)\s*(?:per|a|\/)\s*(hour|day|week)$/.exec(text.trim()) ?? [];
    if (count !== undefined) return Number(count) * inADay[period as keyof typeof inADay];
    context.addIssue({ code: "custom", message: expectedRate, input: text });
    return z.NEVER;
  })
  .optional();

const chaosRates = {
  kill: often.meta({ description: "A site ends at once and is started again.", examples: ["2 per day"] }),
  pause: often.meta({ description: "A site stands still for a while.", examples: ["1 per day"] }),
  cut: often.meta({
    description: "A link between parent and child is down for a while.",
    examples: ["5 per day"],
  }),
  fill: often.meta({ description: "The share of a site is full for a while.", examples: ["1 per week"] }),
  drop: often.meta({ description: "The RAS lines of a site drop.", examples: ["3 per day"] }),
  corrupt: often.meta({ description: "A package file is damaged on its way.", examples: ["1 per day"] }),
};
export type ChaosKind = keyof typeof chaosRates;
export const chaosKinds = Object.keys(chaosRates) as ChaosKind[];

export const chaosWords = z
  .strictObject({
    ...chaosRates,
    sites: siteEnds.optional().meta({
      description: "Only these sites, and the links to their parents. Without it, all.",
      examples: [["CHI", "B{01..40}"]],
    }),
    until: moment.optional().meta({ description: "None begins after that.", examples: ["+2d", "Sun 06:00"] }),
  })
  .refine((chaos) => chaosKinds.some((kind) => chaos[kind] !== undefined), {
    error: `expected how often something goes wrong: ${chaosKinds.join(", ")}`,
  });
export type ChaosWords = z.infer<typeof chaosWords>;
