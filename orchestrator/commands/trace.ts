/**
 * `spoolnet trace`: where is my package? Its story over all sites, in order.
 */
import { Command } from "commander";

import { exitCodes } from "../failure.ts";
import { type LocatedSites, noHierarchy, sitesFromEnvironment, sitesGiven } from "../running-sites.ts";
import { storyLines } from "../story-lines.ts";
import { type Story, storyOf } from "../trace.ts";
import { fromFolder, fromHierarchy, fromSites, packageIn, type TraceSource } from "../trace-sources.ts";
import { systemWallClock } from "../wall-clock.ts";
import type { CommandContext } from "./command-context.ts";

type Options = {
  hierarchy?: string;
  root?: string;
  siteUrl?: string[];
  json?: boolean;
  all?: boolean;
  timeline?: boolean;
};

const help = `
Examples:
  spoolnet trace CEN00001                   the hierarchy you started last
  spoolnet trace CEN00001 --hierarchy three-site
  spoolnet trace "Office Update" --root ./night
  spoolnet trace CEN00001 --site-url CEN=http://127.0.0.1:2003 --site-url CHI=http://127.0.0.1:2004

With --site-url, the token comes from SPOOLNET_ADMINISTRATOR_TOKEN or SPOOLNET_ADMINISTRATOR_TOKEN_FILE.
Where nothing was started, SPOOLNET_SITE_URL (like http://{site}:2003) leads to the sites of the default topology.
With --json, each line is one step (in the order of time), copy or wait.
`;

export function traceCommand({ environment, stdout, end }: CommandContext): Command {
  return new Command("trace")
    .description("tell the story of one package over all sites, and what it waits for now")
    .argument("<package>", "a package id or name")
    .option("--hierarchy <name>", "of this hierarchy (default: the one you started last)")
    .option("--root <folder>", "read the journals of the sites in this folder")
    .option("--site-url <code=url...>", "ask running sites", (value: string, before: string[] = []) => [
      ...before,
      value,
    ])
    .option("--all", "also the files in which status travels back up")
    .option("--timeline", "strictly by time over all sites, instead of part by part")
    .option("--json", "write lines of JSON instead of words")
    .addHelpText("after", help)
    .action(async (wanted: string, options: Options) => {
      const source = await sourceOf(options);
      const id = packageIn(source, wanted);
      const story = storyOf(source.events, id);
      const lines = options.json
        ? jsonLines(story)
        : storyLines(story, { name: source.names.get(id), timeZones: source.timeZones, ...options });
      stdout.write(`${lines.join("\n")}\n`);
      end(exitCodes.held);
    });

  async function sourceOf({ hierarchy, root, siteUrl = [] }: Options): Promise<TraceSource> {
    if (siteUrl.length > 0) return await fromLocated(await sitesGiven(siteUrl, environment));
    if (root !== undefined) return await fromFolder(root);
    return (await fromHierarchy(systemWallClock, hierarchy)) ?? (await fromEnvironment()) ?? noHierarchy();
  }

  async function fromEnvironment(): Promise<TraceSource | undefined> {
    const located = await sitesFromEnvironment(environment);
    return located && (await fromLocated(located));
  }

  function fromLocated({ sites, token }: LocatedSites): Promise<TraceSource> {
    return fromSites(sites, token, systemWallClock);
  }
}

function jsonLines({ steps, copies, waits }: Story): string[] {
  return [
    ...steps.map((step) => ({ type: "step", ...step })),
    ...copies.map(({ since, ...copy }) => ({ type: "copy", ...copy, emulatedMs: since.emulatedMs })),
    ...waits.map((wait) => ({ type: "wait", ...wait })),
  ].map((line) => JSON.stringify(line));
}
