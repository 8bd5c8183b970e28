/**
 * A run of a topology for all tests of a file, as processes, with its console, and a browser. Each test has a page of its
 * own, which has been at the console's address.
 */
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { test } from "vitest";

import { Spoolnet } from "../support/spoolnet-process.ts";
import { chromiumPath, startBrowser, type Visit, visit } from "./browser.ts";

const isRequired = process.env.SPOOLNET_BROWSER === "required";
export const isBrowserThere = chromiumPath !== undefined || isRequired;
if (!isBrowserThere) console.log("spoolnet: no Chromium here, so the browser tests are left out");

export type ConsoleRun = {
  readonly folder: string;
  /** With the token. */
  readonly address: string;
  readonly url: string;
  readonly token: string;
};

/** In the folder of the run are `source`, of so many bytes that do not compress, and `small`, of one short file. */
export function consoleTest(topology: string, sourceBytes: number, ...options: readonly string[]) {
  const folders = test.extend(
    "folder",
    { scope: "file" },
    // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern to see which fixtures this one uses
    async ({}, { onCleanup }) => {
      const folder = await mkdtemp(join(tmpdir(), "spoolnet-browser-"));
      onCleanup(() => rm(folder, { recursive: true, maxRetries: 3 }));
      await mkdir(join(folder, "source"));
      await mkdir(join(folder, "small"));
      await writeFile(join(folder, "source", "map.bin"), randomBytes(sourceBytes));
      await writeFile(join(folder, "small", "readme.txt"), "small\n");
      await writeFile(join(folder, "watched.yaml"), topology);
      return folder;
    },
  );
  const browsers = folders.extend(
    "browser",
    { scope: "file" },
    // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern to see which fixtures this one uses
    async ({}, { onCleanup }) => {
      const browser = await startBrowser();
      onCleanup(() => browser.close());
      return browser;
    },
  );
  return browsers
    .extend("run", { scope: "file" }, async ({ folder }, { onCleanup }): Promise<ConsoleRun> => {
      const file = join(folder, "watched.yaml");
      const run = new Spoolnet(["run", file, "--json", "--root", join(folder, "root"), ...options]);
      onCleanup(async () => {
        run.child.kill("SIGTERM");
        await run.ended();
      });
      return { folder, ...JSON.parse(await run.says('"type":"console"')) };
    })
    .extend("visit", async ({ run, browser }, { onCleanup }): Promise<Visit> => {
      const made = await visit(browser, run.address);
      onCleanup(() => made.page.close());
      return made;
    });
}
