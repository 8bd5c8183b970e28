/**
 * `spoolnet package`: what an administrator does to the packages of a hierarchy that runs, through the SMS Provider.
 */
import { Argument, Command, Option } from "commander";

import { priority } from "../../domain/priority.ts";
import { exitCodes } from "../failure.ts";
import { findPackage, newPackagePlan, type OwnPackage, ownPackages } from "../package-administration.ts";
import { sourceFolder } from "../run-root.ts";
import type { SiteOptions } from "../running-sites.ts";
import type { SiteClient } from "../site-client.ts";
import { counted, table } from "../words.ts";
import { type AnswerOptions, answer, exitCodesHelp } from "./answer.ts";
import type { CommandContext } from "./command-context.ts";
import { siteOptionsHelp, withSiteOptions, withSites } from "./site-options.ts";

type Options = SiteOptions & AnswerOptions;
type AddOptions = Options & { name: string; site?: string; on: string; priority: string };

/** What is done to a package that is there, what is said of it then, and what it is for. */
const changes = {
  refresh: {
    description: "take a new version from its source folder, and send it everywhere",
    words: "is refreshed",
    run: ({ site, listed }: OwnPackage) => site.provider.refreshPackage(listed.PackageID),
  },
  redistribute: {
    description: "install the same version once more on each distribution point",
    words: "is installed once more",
    run: ({ site, listed }: OwnPackage) => site.provider.redistributePackage(listed.PackageID),
  },
  remove: {
    description: "delete it everywhere",
    words: "is deleted",
    run: ({ site, listed }: OwnPackage) => site.provider.removePackage(listed.PackageID),
  },
} as const;

export function packageCommand(context: CommandContext): Command {
  const command = new Command("package").description(
    "list, add and change the packages of a hierarchy that runs",
  );
  const list = withCommon(
    new Command("list").description("the packages of all sites"),
    "spoolnet package list",
  );
  list.action((options: Options) => within(options, (sites) => showAll(sites, options)));
  const show = withCommon(
    new Command("show")
      .description("where a package should be, and what is known of each place")
      .addArgument(which()),
    'spoolnet package show "Office Update"',
  );
  show.action((text: string, options: Options) => within(options, (sites) => showOne(sites, text, options)));
  command.addCommand(addCommand()).addCommand(list).addCommand(show);
  for (const name of ["refresh", "redistribute", "remove"] as const) {
    const { description, words, run } = changes[name];
    const change = withCommon(
      new Command(name).description(description).addArgument(which()),
      `spoolnet package ${name} CEN00001`,
    );
    change.action((text: string, options: Options) =>
      within(options, async (sites) => {
        const found = await findPackage(sites, text);
        await run(found);
        const { PackageID: id, Name: packageName } = found.listed;
        answer(context, options, `${id} ${packageName} ${words}`, {
          type: "package",
          id,
          name: packageName,
          done: name,
        });
      }),
    );
    command.addCommand(change);
  }
  return command;

  function addCommand(): Command {
    const add = new Command("add")
      .description("make a package of a folder")
      .argument("<folder>", "the folder with its files")
      .requiredOption("--name <name>", "what it is called")
      .option("--site <code>", "the primary site where it is made (default: the central site)")
      .option("--on <targets>", "distribution points and site codes, with commas", "all")
      .addOption(
        new Option("--priority <priority>", "in what order it is sent")
          .choices(priority.options)
          .default("medium"),
      );
    return withCommon(add, "spoolnet package add ./maps --name Maps --on CHI,MKEDP --priority high").action(
      (folder: string, options: AddOptions) =>
        within(options, async (sites) => {
          const plan = await newPackagePlan(sites, {
            ...options,
            folder: await sourceFolder(folder, "<folder>"),
          });
          const made = await plan.site.provider.addPackage(plan.plan, "");
          const points = counted(plan.plan.distributionPoints.length, "distribution point");
          const words = `${made.PackageID} ${made.Name} is made at ${plan.site.code}, for ${points}`;
          const fact = { type: "package", id: made.PackageID, name: made.Name, done: "add" };
          answer(context, options, words, { ...fact, distributionPoints: plan.plan.distributionPoints });
        }),
    );
  }

  async function within(
    options: Options,
    work: (sites: readonly SiteClient[]) => Promise<void>,
  ): Promise<void> {
    await withSites(options, context.environment, async (sites) => {
      await work(sites);
      context.end(exitCodes.held);
    });
  }

  async function showAll(sites: readonly SiteClient[], options: Options): Promise<void> {
    const found = await ownPackages(sites);
    if (options.json) {
      for (const { site, listed } of found)
        context.stdout.write(`${JSON.stringify({ type: "package", site: site.code, ...listed })}\n`);
      return;
    }
    const rows = found.map(({ site, listed }) => [
      listed.PackageID,
      listed.Name,
      String(listed.SourceVersion),
      site.code,
      listed.PkgSourcePath,
    ]);
    const lines =
      found.length === 0
        ? ["no packages"]
        : table([["Package", "Name", "Version", "Site", "Source"], ...rows]);
    context.stdout.write(`${lines.join("\n")}\n`);
  }

  async function showOne(sites: readonly SiteClient[], text: string, options: Options): Promise<void> {
    const { site, listed } = await findPackage(sites, text);
    const copies = await site.provider.copies(listed.PackageID);
    if (options.json) {
      context.stdout.write(`${JSON.stringify({ type: "package", site: site.code, ...listed, copies })}\n`);
      return;
    }
    const rows = copies.map((copy) => [
      copy.site,
      copy.server,
      copy.state,
      String(copy.sourceVersion),
      copy.reason,
    ]);
    const head = `${listed.PackageID} ${listed.Name}, version ${listed.SourceVersion}, of ${site.code}, made from ${listed.PkgSourcePath}`;
    const lines = [head, ...table([["Site", "Distribution point", "State", "Version", "Reason"], ...rows])];
    context.stdout.write(`${lines.join("\n")}\n`);
  }
}

function which(): Argument {
  return new Argument("<package>", "a package id or name");
}

function withCommon(command: Command, example: string): Command {
  return withSiteOptions(command)
    .option("--json", "write lines of JSON instead of words")
    .option("--quiet", "say nothing where all goes well")
    .addHelpText("after", `\nExample:\n  ${example}\n${siteOptionsHelp}${exitCodesHelp}`);
}
