/**
 * What an administrator does to packages: each is one transaction that writes the rows and raises the definition's
 * version, upon which a trigger wakes the flow.
 */
import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import type { z } from "zod";
import { type PackageId, packageId, siteOfPackage } from "../../../domain/identifiers.ts";
import type { DistributionPoint, PackageDefinition, Program } from "../../../domain/package.ts";
import { nextPackageId } from "../../database/counters.ts";
import { packageById, rememberPackage, sourceFolderOf, storedContent } from "../../database/packages.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import { knownSites } from "../../database/sites.ts";
import type { Place } from "../../inboxes/inbox.ts";
import { Refusal, type RefusalDetail } from "../refusal.ts";
import { fieldsOf, instanceOf, type newPackage, type PackageChanges } from "./package-properties.ts";
import type { Instance } from "./wmi-class.ts";

type Deps = { place: Place; database: SiteDatabase };
type NewPackage = z.infer<typeof newPackage>;

export class Packages {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** A package that is there and not deleted. */
  find(id: string): PackageDefinition {
    const parsed = packageId.safeParse(id);
    const definition = parsed.success ? packageById(this.#deps.database, parsed.data) : undefined;
    if (!definition || definition.deleted) throw new Refusal("NOT_FOUND", `no package ${id}`);
    return definition;
  }

  instance(definition: PackageDefinition): Instance {
    const { database } = this.#deps;
    const stored = storedContent(database, definition.id)?.sourceVersion ?? 0;
    return instanceOf(definition, sourceFolderOf(database, definition.id), stored);
  }

  async create(body: NewPackage): Promise<Instance> {
    const { place, database } = this.#deps;
    const { Programs = [], DistributionPoints = [], ...changes } = body;
    const sourceFolder = body.PkgSourcePath ?? "";
    const points = DistributionPoints.map(({ SiteCode, ServerName }) => ({
      site: SiteCode,
      server: ServerName,
    }));
    const programs = Programs.map(({ ProgramName, CommandLine, Comment }) => ({
      name: ProgramName,
      commandLine: CommandLine,
      comment: Comment,
    }));
    const fields = {
      version: "",
      language: "",
      manufacturer: "",
      description: "",
      source: sourceFolder === "" ? ("none" as const) : ("direct" as const),
      priority: "medium" as const,
      preferredSender: "*" as const,
      icon: "",
      ...fieldsOf(changes),
      name: body.Name,
    };
    await this.#check(fields.source, sourceFolder, points, programs);
    const definition = database.transaction(() => {
      const made: PackageDefinition = {
        ...fields,
        id: nextPackageId(database, place.site),
        sourceVersion: 1,
        definitionVersion: 1,
        deleted: false,
        redistribution: 0,
        programs,
        distributionPoints: points,
      };
      rememberPackage(database, made, sourceFolder);
      return made;
    });
    this.#record(definition, `made package "${definition.name}"`);
    return this.instance(definition);
  }

  async update(id: string, changes: PackageChanges): Promise<Instance> {
    const before = this.#own(id);
    const sourceFolder = changes.PkgSourcePath ?? sourceFolderOf(this.#deps.database, before.id);
    const fields = fieldsOf(changes);
    await this.#check(
      fields.source ?? before.source,
      sourceFolder,
      before.distributionPoints,
      before.programs,
    );
    return this.instance(
      this.#change(before.id, () => fields, `changed ${Object.keys(changes).join(", ")}`, sourceFolder),
    );
  }

  /** "Update distribution points": a new version is taken from the source folder. */
  async refresh(id: string): Promise<void> {
    const { id: own, source } = this.#own(id);
    if (source === "none")
      throw new Refusal("CONFLICT", `package ${id} has no source folder to take a version from`);
    this.#change(own, ({ sourceVersion }) => ({ sourceVersion: sourceVersion + 1 }), "refreshed the source");
  }

  /** The same version is installed once more on every distribution point. */
  async redistribute(id: string): Promise<void> {
    const { id: own } = this.#own(id);
    this.#change(own, ({ redistribution }) => ({ redistribution: redistribution + 1 }), "redistributed");
  }

  async remove(id: string): Promise<void> {
    this.#change(this.#own(id).id, () => ({ deleted: true }), "deleted the package");
  }

  async addDistributionPoint(id: string, point: DistributionPoint): Promise<void> {
    const before = this.#own(id);
    if (before.distributionPoints.some((held) => isSamePoint(held, point))) {
      throw new Refusal(
        "CONFLICT",
        `package ${id} has distribution point ${point.server} of site ${point.site} already`,
      );
    }
    await this.#check(before.source, sourceFolderOf(this.#deps.database, before.id), [point], []);
    this.#change(
      before.id,
      ({ distributionPoints }) => ({ distributionPoints: [...distributionPoints, point] }),
      `added distribution point ${point.server} of site ${point.site}`,
    );
  }

  async removeDistributionPoint(id: string, point: { site: string; server: string }): Promise<void> {
    const before = this.#own(id);
    const kept = before.distributionPoints.filter((held) => !isSamePoint(held, point));
    if (kept.length === before.distributionPoints.length) {
      throw new Refusal(
        "NOT_FOUND",
        `package ${id} has no distribution point ${point.server} of site ${point.site}`,
      );
    }
    this.#change(
      before.id,
      () => ({ distributionPoints: kept }),
      `removed distribution point ${point.server}`,
    );
  }

  async addProgram(id: string, program: Program): Promise<void> {
    const before = this.#own(id);
    if (before.programs.some(({ name }) => name === program.name)) {
      throw new Refusal("CONFLICT", `package ${id} has a program "${program.name}" already`);
    }
    this.#change(
      before.id,
      ({ programs }) => ({ programs: [...programs, program] }),
      `added program ${program.name}`,
    );
  }

  async removeProgram(id: string, name: string): Promise<void> {
    const before = this.#own(id);
    const kept = before.programs.filter((program) => program.name !== name);
    if (kept.length === before.programs.length)
      throw new Refusal("NOT_FOUND", `package ${id} has no program "${name}"`);
    this.#change(before.id, () => ({ programs: kept }), `removed program ${name}`);
  }

  /** A package that this site made: what came from another site is changed there. */
  #own(id: string): PackageDefinition {
    const definition = this.find(id);
    const owner = siteOfPackage(definition.id);
    if (owner !== this.#deps.place.site)
      throw new Refusal("CONFLICT", `package ${id} belongs to site ${owner}: change it there`);
    return definition;
  }

  #change(
    id: PackageId,
    change: (before: PackageDefinition) => Partial<PackageDefinition>,
    what: string,
    sourceFolder = sourceFolderOf(this.#deps.database, id),
  ): PackageDefinition {
    const { database } = this.#deps;
    const after = database.transaction(() => {
      const before = this.find(id); // as it is now, in this transaction
      const definition = { ...before, ...change(before), definitionVersion: before.definitionVersion + 1 };
      rememberPackage(database, definition, sourceFolder);
      return definition;
    });
    this.#record(after, what);
    return after;
  }

  #record({ id, sourceVersion }: PackageDefinition, what: string): void {
    const { reporter } = this.#deps.place;
    reporter.event({ action: "recorded", packages: [id], sourceVersion, text: what });
    reporter.info(`An administrator ${what} (package ID = ${id}, source version ${sourceVersion})`);
  }

  /** Everything that the shape of a body cannot tell; all mistakes at once. */
  async #check(
    source: PackageDefinition["source"],
    sourceFolder: string,
    points: readonly DistributionPoint[],
    programs: readonly Program[],
  ): Promise<void> {
    const details: RefusalDetail[] = [];
    const say = (target: string, message: string) => details.push({ target, message });
    if (source === "none" && points.length > 0)
      say("PkgSourceFlag", "a package without source files cannot be on a distribution point");
    if (source !== "none") {
      const problem = await folderProblem(sourceFolder);
      if (problem) say("PkgSourcePath", `${problem}, got "${sourceFolder}"`);
    }
    const sites = knownSites(this.#deps.database);
    for (const [index, { site, server }] of points.entries()) {
      const known = sites.find(({ code }) => code === site);
      const target = `DistributionPoints.${index}`;
      if (!known)
        say(target, `site ${site} is not known here (known: ${sites.map(({ code }) => code).join(", ")})`);
      else if (!known.distributionPoints.includes(server)) {
        say(
          target,
          `site ${site} has no distribution point ${server} (it has: ${known.distributionPoints.join(", ") || "none"})`,
        );
      }
    }
    const doubled = programs
      .map(({ name }) => name)
      .find((name, index, names) => names.indexOf(name) !== index);
    if (doubled !== undefined) say("Programs", `the name "${doubled}" is there twice`);
    if (points.some((point, index) => points.findIndex((other) => isSamePoint(point, other)) !== index)) {
      say("DistributionPoints", "the same distribution point is there twice");
    }
    if (details.length === 0) return;
    throw new Refusal(
      "INVALID",
      details.map(({ target, message }) => `${target}: ${message}`).join("; "),
      details,
    );
  }
}

function isSamePoint(a: { site: string; server: string }, b: { site: string; server: string }): boolean {
  return a.site === b.site && a.server === b.server;
}

async function folderProblem(path: string): Promise<string | undefined> {
  if (!isAbsolute(path)) return "expected the absolute path of a folder at the site server";
  const found = await stat(path).catch(() => undefined);
  if (!found) return "there is no such folder at the site server";
  return found.isDirectory() ? undefined : "expected a folder";
}
