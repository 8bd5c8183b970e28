/**
 * The docker driver: the contract of all drivers, and `spoolnet up` and `down` as a user has them.
 */
import { execFile } from "node:child_process";
import { glob, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import Docker from "dockerode";
import { expect, inject } from "vitest";

import { dockerDriver } from "../../orchestrator/drivers/docker.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { driverContract } from "../support/driver-contract.ts";
import { Spoolnet } from "../support/spoolnet-process.ts";
import { test as base } from "../support/temporary-folder.ts";
import { labelled } from "./labelled.ts";

const execute = promisify(execFile);
const cli = fileURLToPath(new URL("../../orchestrator/cli.ts", import.meta.url));
const image = inject("image");

driverContract("docker", {
  makeDriver: async () => dockerDriver({ wallClock: systemWallClock, image }),
  left: labelled,
  canSwitch: true,
  isLabelled: true,
});

const test = base.extend("spoolnet", async ({ folder }, { onCleanup }) => {
  const name = `test-${process.pid}-up`;
  const file = join(folder, "topology.yaml");
  await mkdir(join(folder, "source"));
  await writeFile(join(folder, "source", "map.txt"), "here be dragons\n");
  const branches = (count: number) => `
name: ${name}
clock: { start: "2003-11-07T17:30:00-05:00", scale: 600 }
driver: docker
sites:
  CEN: { type: primary, distributionPoints: [HQDP] }
  B{01..${String(count).padStart(2, "0")}}: { type: secondary, parent: CEN, distributionPoints: ["{site}DP"] }
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
  - { name: Fonts, site: CEN, size: 100 KB, distributionPoints: all }
`;
  const environment = {
    ...process.env,
    SPOOLNET_IMAGE: image,
    TMPDIR: folder,
    XDG_STATE_HOME: join(folder, "state"),
  };
  const run = async (...args: string[]) => {
    const ended = execute(process.execPath, [cli, ...args], { env: environment });
    return await ended.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  };
  onCleanup(async () => {
    await run("down", name);
  });
  return {
    name,
    made: join(folder, "state", "spoolnet", name),
    file,
    environment,
    run,
    up: async (count: number) => {
      await writeFile(file, branches(count));
      return await run("up", file);
    },
  };
});

test("up leaves a hierarchy that later commands find by its labels, and down leaves nothing", async ({
  spoolnet: { name, made, run, up },
}) => {
  const first = await up(1);
  expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining(`spoolnet down ${name}`) });
  const second = await up(1);
  expect(second).toMatchObject({
    code: 3,
    stderr: expect.stringContaining(`"${name}" is up in Docker already (B01 running, CEN running)`),
  });
  const trace = await run("trace", "Maps", "--hierarchy", name);
  expect(trace.stdout).toContain('CEN00001 "Maps"');
  // The source of a package that is given by its size is there for as long as the hierarchy; the second up left none.
  const sources = await Array.fromAsync(glob("*/sources/Fonts/content-001.bin", { cwd: made }));
  expect(sources).toHaveLength(1);
  expect((await run("trace", "Fonts", "--hierarchy", name)).stdout).toContain('CEN00002 "Fonts"');

  expect(await run("down", name)).toMatchObject({ code: 0, stdout: `${name} is down (docker, 2 sites)\n` });
  expect(await labelled(name)).toEqual([]);
  await expect(stat(made)).rejects.toThrow("ENOENT");
});

test("the console of a hierarchy that is up ends and starts a single site, and leaves the rest as it is", async ({
  spoolnet: { file, environment, run, name, up },
}) => {
  await up(1);
  const shown = new Spoolnet(["console", file, "--json"], environment);
  await using _ended = {
    [Symbol.asyncDispose]: async () => {
      shown.child.kill("SIGTERM");
      expect(await shown.ended()).toMatchObject({ code: 0 });
      expect((await run("trace", "Maps", "--hierarchy", name)).code).toBe(0);
    },
  };
  const { url, token } = JSON.parse(await shown.says('"type":"console"'));
  const act = async (action: object) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = JSON.stringify(action);
    return (await fetch(`${url}/api/actions`, { method: "POST", headers, body })).status;
  };
  const state = async () => (await new Docker().getContainer(`spoolnet-${name}-b01`).inspect()).State.Running;

  expect(await act({ do: "kill", site: "B01" })).toBe(200);
  expect(await state()).toBe(false);
  expect(await act({ do: "start", site: "B01" })).toBe(200);
  expect(await state()).toBe(true);
  await new Docker().getContainer(`spoolnet-${name}-b01`).kill(); // by somebody else
  expect(await act({ do: "start", site: "B01" })).toBe(200);
  expect(await state()).toBe(true);
});

test("the containers have no privilege they do not need, and docker inspect shows no token", async ({
  spoolnet: { name, run, up },
}) => {
  await up(1);
  const token = (await run("token", name)).stdout.trim();
  expect(token.length).toBeGreaterThan(30);
  const docker = new Docker();
  for (const site of ["cen", "b01"]) {
    const found = await docker.getContainer(`spoolnet-${name}-${site}`).inspect();
    expect(JSON.stringify(found)).not.toContain(token);
    expect(found.Config.User).toBe("1000:1000"); // node
    expect(found.HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      Memory: 384 * 1024 * 1024,
    });
    const ports = Object.values(found.NetworkSettings.Ports).flatMap((bindings) => bindings ?? []);
    expect(ports.map(({ HostIp }) => HostIp)).toEqual(["127.0.0.1"]);
  }
});

test("what a crash has left of a hierarchy is removed by down, whatever state it is in", async ({
  spoolnet: { name, run, up },
}) => {
  await up(1);
  const docker = new Docker();
  await docker.getContainer(`spoolnet-${name}-cen`).kill();
  await docker.getContainer(`spoolnet-${name}-b01`).remove({ force: true });

  expect(await run("down", name)).toMatchObject({ code: 0 });
  expect(await labelled(name)).toEqual([]);
});

test("forty branches come up as containers, and a package is on its way to all", async ({
  spoolnet: { name, run, up },
}) => {
  const { code, stdout } = await up(40);

  expect([code, stdout.match(/ is up at /g)?.length]).toEqual([0, 41]);
  expect(stdout).toContain("41 distribution points");
  expect(await run("down", name)).toMatchObject({ code: 0 });
});
