/**
 * `spoolnet link`: the link between two sites is cut, restored or changed while they run.
 */
import { Command } from "commander";

import type { Link } from "../../domain/link.ts";
import { formatByteRate, parseByteRate, parseTimeSpan } from "../../domain/quantity.ts";
import { exitCodes, Failure } from "../failure.ts";
import { changeWay, cutLink, slowedTo, uncutLink } from "../link-change.ts";
import type { SiteOptions } from "../running-sites.ts";
import type { SiteClient } from "../site-client.ts";
import { builtInCircuits } from "../topology/circuits.ts";
import { type AnswerOptions, answer, exitCodesHelp } from "./answer.ts";
import type { CommandContext } from "./command-context.ts";
import { namedSite } from "./named-site.ts";
import { siteOptionsHelp, withSiteOptions, withSites } from "./site-options.ts";

type Options = SiteOptions & AnswerOptions & { bandwidth?: string; latency?: string };

export function linkCommand(context: CommandContext): Command {
  const cut = linkAction("cut", "nothing goes over it any more, either way", "spoolnet link cut CEN CHI");
  const restore = linkAction(
    "restore",
    "it is up again, and as fast as it was",
    "spoolnet link restore CEN CHI",
  );
  const set = linkAction(
    "set",
    "what it carries and how long that takes, each way; what is not given stays",
    "spoolnet link set CEN CHI --bandwidth 64 kbit/s --latency 600ms\n  spoolnet link set CEN CHI --bandwidth modem-56k",
  )
    .option("--bandwidth <rate>", "a rate with its unit, or the name of a circuit")
    .option("--latency <time>", "one way, like 40 ms");
  type Given = [one: string, other: string, options: Options];
  cut.action((...given: Given) => change(given, () => cutLink));
  restore.action((...given: Given) => change(given, () => uncutLink));
  set.action((...given: Given) => change(given, settingOf));
  return new Command("link")
    .description("cut, restore or change the link between two sites that run")
    .addCommand(cut)
    .addCommand(restore)
    .addCommand(set);

  async function change(
    [one, other, options]: readonly [string, string, Options],
    changeOf: (options: Options) => (link: Link) => Link,
  ): Promise<void> {
    const changed = changeOf(options);
    await withSites(options, context.environment, async (sites) => {
      const ends = [namedSite(sites, one), namedSite(sites, other)] as const;
      await checkNeighbours(...ends);
      const [link, back] = await Promise.all([
        changeWay(ends[0], ends[1].code, changed),
        changeWay(ends[1], ends[0].code, changed),
      ]);
      const codes = ends.map(({ code }) => code);
      answer(context, options, `the link between ${codes.join(" and ")} ${linkWords(link)}`, {
        type: "link",
        between: codes,
        ways: [link, back],
      });
      context.end(exitCodes.held);
    });
  }
}

function linkAction(name: string, description: string, example: string): Command {
  const command = new Command(name)
    .description(description)
    .argument("<site>", "the code of a site")
    .argument("<other>", "of its parent or a child");
  return withSiteOptions(command)
    .option("--json", "write a line of JSON instead of words")
    .option("--quiet", "say nothing")
    .addHelpText("after", `\nExample:\n  ${example}\n${siteOptionsHelp}${exitCodesHelp}`);
}

function settingOf({ bandwidth, latency }: Options): (link: Link) => Link {
  if (bandwidth === undefined && latency === undefined)
    throw new Failure("usage", "link set: expected --bandwidth, --latency or both");
  const bytesPerSecond = bandwidth === undefined ? undefined : speedOf(bandwidth);
  const latencyMs = latency === undefined ? undefined : parseTimeSpan(latency);
  if (bandwidth !== undefined && bytesPerSecond === undefined) {
    const expected = "a rate with its unit, like 64 kbit/s, or the name of a built-in circuit, like t1";
    throw new Failure("usage", `--bandwidth: expected ${expected}, found "${bandwidth}"`);
  }
  if (latency !== undefined && latencyMs === undefined)
    throw new Failure("usage", `--latency: expected a time with its unit, like 40 ms, found "${latency}"`);
  return slowedTo(bytesPerSecond, latencyMs);
}

function speedOf(text: string): number | undefined {
  return parseByteRate(text) ?? builtInCircuits[text]?.bytesPerSecond;
}

async function checkNeighbours(site: SiteClient, other: SiteClient): Promise<void> {
  const { neighbours } = await site.describe();
  if (neighbours.some(({ code }) => code === other.code)) return;
  const known = neighbours.map(({ code }) => code).join(", ");
  throw new Failure(
    "usage",
    `expected the parent or a child of ${site.code}, found ${other.code} (known: ${known || "none"})`,
  );
}

function linkWords({ isCut, bytesPerSecond, latencyMs }: Link): string {
  if (isCut) return "is cut";
  const rate = bytesPerSecond === undefined ? "everything at once" : formatByteRate(bytesPerSecond);
  return `is up: it carries ${rate}, with a latency of ${latencyMs} ms`;
}
