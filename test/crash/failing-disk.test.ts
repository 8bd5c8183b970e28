/**
 * What a site says and does while its disk fails under it, of whatever kind the fault is; with the shim of the crash matrix.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { siteCode } from "../../domain/identifiers.ts";
import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import { PackageAdministrator } from "../support/package-administrator.ts";
import { type SiteOfTest, SiteProcesses } from "../support/site-processes.ts";
import { test } from "../support/temporary-folder.ts";
import { faultCode } from "./shim/orders.ts";

const central: SiteOfTest = {
  code: siteCode.parse("CEN"),
  type: "primary",
  parent: null,
  distributionPoints: ["HQDP"],
};
const preload = import.meta.resolve("./shim/disk-shim.ts");

test("a site whose disk fails says so once, keeps what it was given and goes on by itself when the disk works again", {
  timeout: 120_000,
}, async ({ folder, signal }) => {
  await using processes = await SiteProcesses.make(folder, [central], 12_000, signal, { preload });
  const site = processes.central;
  await site.start();
  const administrator = new PackageAdministrator(site, processes.signal);
  const source = join(folder, "source");
  await mkdir(source);
  await writeFile(join(source, "setup.sh"), "echo set up\n".repeat(1000));
  const health = async () => {
    const response = await fetch(`${site.client.url}/health`);
    return { status: response.status, body: await response.json() };
  };
  const waitFor = (words: RegExp) =>
    until(systemWallClock, { everyMs: 20, withinMs: 30_000, signal: processes.signal }, async () =>
      words.test(await site.client.healthWords()) ? true : undefined,
    );

  for (const code of faultCode.options) {
    const { sequence: before = 0 } = (await site.client.statusMessages({})).at(-1) ?? {};
    site.tell({ do: "fail", code });
    const made = administrator.make(code, { PkgSourceFlag: 2, PkgSourcePath: source }, [["CEN", "HQDP"]]);
    expect(await waitFor(/^degraded/), `${code} is said`).toBe(true);
    const { status, body } = await health();
    expect(status).toBe(200); // or a supervisor would end it
    expect(body).toEqual({ status: "degraded", site: "CEN", reason: expect.stringContaining(`${code}: `) });
    // Where no file can be opened, the queues that the page counts cannot be read either.
    if (code !== "EMFILE")
      expect(await site.client.metrics()).toContain('spoolnet_disk_trouble{site="CEN"} 1');
    site.tell({ do: "end the fault" });

    const id = await made;
    const setUp = join(site.root, "SiteSystems/HQDP/SMSPKGC$", id, "setup.sh");
    const isThere = await until(
      systemWallClock,
      { everyMs: 20, withinMs: 30_000, signal: processes.signal },
      async () => (await readFile(setUp, "utf8").catch(() => undefined)) || undefined,
    );
    expect(isThere, `${code} and then its package`).toBe("echo set up\n".repeat(1000));
    expect(await waitFor(/^healthy$/), `${code} is over`).toBe(true);
    const said = (await site.client.statusMessages({})).filter(({ sequence }) => sequence > before);
    const ids = said.map(({ id }) => id).filter((id) => id === 30010 || id === 30011);
    expect(ids, code).toEqual([30010, 30011]);
  }
});
