/**
 * `spoolnet/testing` as a user has it: waits that say why, packages, the clock, and nothing left behind.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { startHierarchy, type TopologyWords, WaitFailure } from "spoolnet/testing";
import { expect, onTestFinished } from "vitest";

import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import { test } from "../support/temporary-folder.ts";

const topology = {
  name: "two-sites",
  clock: { start: "2003-11-07T17:30:00-05:00", scale: 600 },
  sites: {
    CEN: { type: "primary", timeZone: "America/New_York", distributionPoints: ["HQDP"] },
    MKE: { type: "secondary", parent: "CEN", distributionPoints: ["MKEDP"] },
  },
  packages: [{ name: "Maps", site: "CEN", size: "100 KB", distributionPoints: "all" }],
  expect: [{ package: "Maps", on: "all", by: "+12h" }],
} satisfies TopologyWords;

test("a wait in vain says where the package is not, what each step waits for, and what the test has cut", async () => {
  await using hierarchy = await startHierarchy({ topology });
  await using _cut = await hierarchy.link("MKE", "CEN").cut();
  await hierarchy.arrived("Maps", "CEN");
  const requests = new Set<string>();
  await hierarchy.happened("requests for its definition and its content", ({ site, request, packages }) => {
    if (site === "CEN" && request && packages?.length) requests.add(request);
    return requests.size === 2;
  });
  const failure: unknown = await hierarchy
    .arrived("Maps", "all", { within: "+10m" })
    .catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(WaitFailure);
  const lines = String((failure as Error).message).split("\n  ");
  expect(lines[0]).toMatch(
    /^waited in vain for "Maps" version 1 on HQDP, MKEDP: until Fri 2003-11-07 \d\d:\d\d:\d\d; it is Fri 2003-11-07 /,
  );
  expect(lines).toContain("not yet on MKEDP (MKE)");
  expect(lines.filter((line) => line.startsWith("CEN sends it to MKE (request "))).toHaveLength(1);
  expect(lines).toContain("the link between MKE and CEN is cut");
  expect(hierarchy.waitsFor("Maps").map(({ site }) => site)).toContain("CEN");
  expect(hierarchy.verdicts()).toMatchObject([{ kind: "arrival", state: "open", measured: 1, bound: 2 }]);
});

test("a wait that is stopped rejects with what it waited for, and so does one of a hierarchy that ends", async () => {
  const hierarchy = await startHierarchy({ topology: { ...topology, packages: [], expect: [] } });
  const never = () => false;
  const stopped = hierarchy.happened("the end of the world", never, { signal: AbortSignal.abort() });

  await expect(stopped).rejects.toThrow(
    "waited in vain for the end of the world: until the wait was stopped",
  );
  const ended = expect(hierarchy.happened("the end", never)).rejects.toThrow("waited in vain for the end:");
  await hierarchy[Symbol.asyncDispose]();
  await ended;
});

test("a package is added, refreshed and removed, and each can be waited for", async ({ folder }) => {
  const source = join(folder, "source");
  await mkdir(source);
  await writeFile(join(source, "one.txt"), "one");
  await using hierarchy = await startHierarchy({ topology, sourceFolders: [source] });
  const added = await hierarchy.addPackage({ name: "Fonts", source, distributionPoints: ["MKE"] });
  const first = await hierarchy.arrived("Fonts");
  await writeFile(join(source, "two.txt"), "two");
  const refreshed = await hierarchy.refreshPackage("Fonts");
  const second = await hierarchy.arrived(added.id, "MKEDP");

  expect(first).toMatchObject([{ site: "MKE", distributionPoint: "MKEDP", version: 1 }]);
  expect(refreshed).toEqual({ ...added, version: 2 });
  expect(second).toMatchObject([{ version: 2 }]);

  const redistributed = await hierarchy.redistributePackage("Fonts");
  const third = await hierarchy.arrived("Fonts");

  expect(redistributed).toEqual(refreshed);
  expect(third).toMatchObject([{ version: 2 }]);
  expect(third[0]?.at.getTime()).toBeGreaterThan(second[0]?.at.getTime() ?? Number.NaN);

  await hierarchy.removePackage("Fonts");
  await hierarchy.gone("Fonts");
  const again = await hierarchy.addPackage({ name: "Fonts", size: "10 KB" });

  expect(again.id).not.toBe(added.id);
  expect(await hierarchy.arrived("Fonts", ["CEN", "MKEDP"])).toHaveLength(2);
  expect(await hierarchy.decided()).toMatchObject([
    { state: "held", text: expect.stringMatching(/^Maps on 2 /) },
  ]);
});

test("a window that opens on Saturday is waited for until the clock is advanced into it", async () => {
  const addresses = [{ from: "CEN", to: "MKE", schedule: { Fri: "closed" } } as const];
  await using hierarchy = await startHierarchy({ topology: { ...topology, addresses } });
  const waits = await hierarchy.happened(
    "a request that waits for the window",
    ({ site, action, packages }) => site === "CEN" && action === "waiting" && packages?.[0] === "CEN00001",
  );
  expect(
    hierarchy
      .waitsFor("Maps")
      .map(({ what }) => what)
      .join(),
  ).toContain(waits.text);

  await hierarchy.advance("Sat 06:00");
  const [arrival] = await hierarchy.arrived("Maps", "MKE");

  expect(hierarchy.now.getTime()).toBeGreaterThanOrEqual(Date.parse("2003-11-08T06:00:00-05:00"));
  expect(arrival?.at.getTime()).toBeGreaterThanOrEqual(Date.parse("2003-11-08T00:00:00-05:00"));
});

test("a link is slowed to what a circuit carries, built in or of the topology", async () => {
  const circuits = { branch: { bandwidth: "9.6 kbit/s" } };
  await using hierarchy = await startHierarchy({ topology: { ...topology, circuits } });
  const link = hierarchy.link("CEN", "MKE");
  await using _modem = await link.slow("modem-56k");
  await using _branch = await link.slow({ bandwidth: "branch", latency: "1 ms" });
  const failure: unknown = await hierarchy
    .happened("the end of the world", () => false, { within: "+1m" })
    .catch((error: unknown) => error);

  expect(String(failure)).toContain("the link between CEN and MKE is slowed to 56 kbit/s");
  expect(String(failure)).toContain(
    "the link between CEN and MKE is slowed to 9.6 kbit/s and a latency of 1 ms",
  );
});

test("what a test asks for and there is not is answered with what there is", async () => {
  await using hierarchy = await startHierarchy({ topology });

  expect(() => hierarchy.site("CHI")).toThrow('expected the code of a site, found "CHI" (known: CEN, MKE)');
  expect(() => hierarchy.link("CEN", "CEN")).toThrow("(known: CEN and MKE)");
  await expect(hierarchy.arrived("Mups")).rejects.toThrow('found "Mups" (known: "Maps")');
  await expect(hierarchy.arrived("Maps", "CHIDP")).rejects.toThrow("(known: HQDP of CEN, MKEDP of MKE)");
  await expect(hierarchy.arrived("Maps", "all", { within: "soon" })).rejects.toThrow(/after now.*"soon"/);
  await expect(hierarchy.link("CEN", "MKE").slow("64")).rejects.toThrow("expected a rate with its unit");
  await expect(hierarchy.link("CEN", "MKE").slow("t2")).rejects.toThrow(/the name of a circuit .*t1, .*"t2"/);
  await expect(hierarchy.site("MKE").killed()).rejects.toThrow("--driver processes or docker");
  await expect(hierarchy.addPackage({ name: "Maps", site: "MKE", size: "1 MB" })).rejects.toThrow(
    /expected a primary site[\s\S]*expected each package once/,
  );
});

test("every mistake of a topology that is given as an object is told at once", async () => {
  const broken = {
    ...topology,
    sites: { CEN: { type: "primary" }, MKE: { type: "tertiary", parent: "CHI" } },
  };
  const started = startHierarchy({ topology: broken as unknown as TopologyWords });

  await expect(started).rejects.toThrow(/topology:\d+:\d+: sites\.MKE\.type[\s\S]*sites\.MKE\.parent/);
});

test("a test that is killed leaves no folder and no site behind", async ({ folder, signal }) => {
  const program = fileURLToPath(new URL("../support/left-alone.ts", import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const [said] = await once(child.stdout, "data");
  const url = String(said).trim();
  expect((await readdir(folder)).filter((name) => name.startsWith("spoolnet-"))).not.toEqual([]);
  child.kill("SIGKILL");

  const patience = { everyMs: 50, withinMs: 30_000, signal };
  const gone = await until(systemWallClock, patience, async () => {
    const isSiteUp = await fetch(`${url}/health`).then(
      () => true,
      () => false,
    );
    const left = await readdir(folder);
    return isSiteUp || left.some((name) => /^spoolnet-\w{6}$/.test(name)) ? undefined : true;
  });
  expect(gone).toBe(true);
});
