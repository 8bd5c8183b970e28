/**
 * The promises of a site to its own disk, each at the operation at which it matters: what is done in one order, flushed
 * or swept. The crash matrix draws its operations from thousands and seldom comes to these; mutations.ts takes each
 * promise out and has a test here fail.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { siteCode } from "../../domain/identifiers.ts";
import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import { PackageAdministrator } from "../support/package-administrator.ts";
import { type SiteOfTest, type SiteProcess, SiteProcesses } from "../support/site-processes.ts";
import { unfinished, unlikeTheirRows } from "../support/site-rest.ts";
import { test as inFolder } from "../support/temporary-folder.ts";
import { ask, heard, settled } from "./matrix/hierarchy.ts";
import { differences } from "./matrix/whole.ts";
import type { TrialMode } from "./shim/orders.ts";

const central: SiteOfTest = {
  code: siteCode.parse("CEN"),
  type: "primary",
  parent: null,
  distributionPoints: ["HQDP"],
};
const preload = import.meta.resolve("./shim/disk-shim.ts");

/** Emulated time is fast, so that what is put back comes round at once. */
const scale = 12_000;
const withinMs = 20_000;

/** What the Provider does for a new package, in one transaction. */
const newPackage = "commit package+program+distribution_point";

/** One site with the shim in it, and a folder to make packages of. */
class SiteOnDisk implements AsyncDisposable {
  readonly site: SiteProcess;
  readonly #processes: SiteProcesses;
  readonly #source: string;

  private constructor(processes: SiteProcesses, source: string) {
    this.site = processes.central;
    this.#processes = processes;
    this.#source = source;
  }

  static async start(folder: string, signal: AbortSignal): Promise<SiteOnDisk> {
    const processes = await SiteProcesses.make(folder, [central], scale, signal, {
      preload,
      cutsPower: true,
    });
    const source = join(folder, "source");
    await mkdir(source);
    await writeFile(join(source, "setup.sh"), "echo set up\n".repeat(100));
    await processes.central.start();
    return new SiteOnDisk(processes, source);
  }

  /** Has it end at an operation, or its disk fail from there on. What is on the disk now is taken to be flushed. */
  async aim(mode: TrialMode, operation: string): Promise<void> {
    await ask(this.site, { do: "count", targets: [{ mode, operation: `add: ${operation}` }] }, "counting");
  }

  /** Has a package made, of the compressed copy of its source, and asks until that is done. */
  make(name: string): Promise<string> {
    const administrator = new PackageAdministrator(this.site, this.#processes.signal);
    const source = { PkgSourceFlag: 3, PkgSourcePath: this.#source };
    return administrator.make(name, source, [["CEN", "HQDP"]]);
  }

  /** While `work` is done the site ends, and is started again. */
  async restartedWhile<Result>(work: () => Promise<Result>): Promise<Result> {
    const restarted = this.site.gone().then(() => this.site.start());
    const result = await work();
    await restarted;
    return result;
  }

  /** Resolves when the package is whole on its distribution point, and the site has nothing left to do. */
  async arrived(id: string): Promise<void> {
    await settled(`package ${id} has not arrived`, withinMs, this.#processes.signal, async () => [
      ...(await differences([this.site], id, this.#source, [["CEN", "HQDP"]])),
      ...(await unfinished(this.site.root)),
    ]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#processes[Symbol.asyncDispose]();
  }
}

const test = inFolder.extend("disk", async ({ folder, signal }, { onCleanup }) => {
  const disk = await SiteOnDisk.start(folder, signal);
  onCleanup(() => disk[Symbol.asyncDispose]());
  return disk;
});

test("a wake-up that is done has left a file that outlasts the power", async ({ disk }) => {
  await disk.aim("missing", "commit wakeup #1");
  const id = await disk.restartedWhile(() => disk.make("Woken once"));
  await disk.arrived(id);
});

test("what an administrator was answered outlasts the power", async ({ disk }) => {
  await disk.aim("missing", `${newPackage} #2`);
  await disk.make("Answered");
  await disk.restartedWhile(() => disk.make("The next"));
  const names = (await disk.site.client.provider.packages()).map(({ Name }) => Name);
  expect(names.toSorted()).toEqual(["Answered", "The next"]);
});

test("a compressed copy that the site says it holds is there when the power is back", async ({ disk }) => {
  await disk.aim("missing", `${newPackage} #2`);
  await disk.arrived(await disk.make("Held"));
  await disk.arrived(await disk.restartedWhile(() => disk.make("The next")));
  expect(await unlikeTheirRows(disk.site.root)).toEqual([]);
});

test("a file that was being written when the site died is gone with the next start", async ({ disk }) => {
  await disk.aim("after", "write SMS/Inboxes/Distmgr.box/.<package>.PKN.<uuid>.tmp #1");
  await disk.arrived(await disk.restartedWhile(() => disk.make("Written twice")));
});

test("a file that a failing disk let neither be finished nor removed is removed when it works again", async ({
  disk,
  signal,
}) => {
  await disk.aim("EROFS", "rename SMS/Inboxes/Distmgr.box/<package>.PKN #1");
  const failing = heard(disk.site, "the disk fails", signal);
  const id = await disk.make("Stuck");
  await failing;
  const isSaid = await until(systemWallClock, { everyMs: 20, withinMs, signal }, async () =>
    (await disk.site.client.healthWords()).startsWith("degraded") ? true : undefined,
  );
  expect(isSaid).toBe(true);
  disk.site.tell({ do: "end the fault" });
  await disk.arrived(id);
});
