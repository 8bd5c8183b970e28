/**
 * Secrets after a run: every one is where it belongs, readable by its owner alone, and nowhere else.
 */
import { createPrivateKey } from "node:crypto";
import { chmod, readdir, readFile, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";

import { expect } from "vitest";

import { startSite } from "../../site-image/site.ts";
import { siteConfig } from "../../site-image/site-config.ts";
import { rowsOf } from "../support/site-rest.ts";
import { Spoolnet } from "../support/spoolnet-process.ts";
import { test } from "../support/temporary-folder.ts";

const sites = ["CEN", "CHI", "MKE"];

/** Every form in which the bytes of a secret could come to lie somewhere. */
function forms(what: string, secret: Buffer | string): [what: string, bytes: Buffer][] {
  const bytes = Buffer.from(secret);
  return [
    bytes.toString("latin1"),
    bytes.toString("base64"),
    bytes.toString("base64url"),
    bytes.toString("hex"),
  ].map((form) => [what, Buffer.from(form, "latin1")]);
}

/** The secrets of a hierarchy that runs: the token, each site's key, each address's secret as it is shown. */
async function secretsOf(root: string): Promise<[what: string, bytes: Buffer][]> {
  const { token } = JSON.parse(await readFile(join(root, "hierarchy.json"), "utf8"));
  const found = forms("the administrator's token", token);
  for (const site of sites) {
    const key = createPrivateKey(await readFile(join(root, site, "site.key"))).export({ format: "jwk" });
    found.push(...forms(`the key of ${site}`, Buffer.from(String(key.d), "base64url")));
    const rows = rowsOf<{ share: string }>(join(root, site), "SELECT share FROM neighbour");
    for (const { share } of rows) {
      const { account, secret } = JSON.parse(share);
      found.push(
        ...forms(`a secret of ${site}`, secret),
        ...forms(`a header of ${site}`, `${account}:${secret}`),
      );
    }
  }
  return found;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Command line and environment of every process of this user, as `ps` shows them. */
async function processes(): Promise<[where: string, bytes: Buffer][]> {
  const pids = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name));
  const read = async (path: string) =>
    [path, await readFile(path).catch(() => Buffer.alloc(0))] as [string, Buffer];
  return Promise.all(pids.flatMap((pid) => [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`)]));
}

/** Where a secret may be: the owner's record, the token's file, the key, the database with what SQLite keeps beside. */
const rightPlaces = /^(hierarchy\.json|administrator-token|[A-Z]{3}\/site\.(key|db|db-wal|db-shm))$/;

test.for(["embedded", "processes"])(
  "with the driver %s no secret is in a log, a journal, an inbox, the output or the list of processes",
  async (driver, { folder }) => {
    const root = join(folder, "root");
    const command = new Spoolnet(["up", "topologies/three-site.yaml", "--driver", driver, "--root", root]);
    await command.says("is up:");
    const report = new Spoolnet(["trace", "Office Update", "--root", root]);
    const traced = await report.ended();
    const secrets = await secretsOf(root);
    const where: [where: string, bytes: Buffer][] = await processes();
    const isShown = where.some(([, bytes]) => bytes.includes(root));
    expect(isShown, "the command itself is among the processes").toBe(true);
    for (const file of await filesBelow(root))
      where.push([relative(root, file), await readFile(file).catch(() => Buffer.alloc(0))]);
    const modes = await Promise.all(
      [root, ...sites.map((site) => join(root, site))].map(async (path) => (await stat(path)).mode & 0o777),
    );
    const secretFiles = where.filter(([file]) => rightPlaces.test(file)).map(([file]) => file);
    const open = await Promise.all(
      secretFiles.map(async (file) => [
        file,
        (await stat(join(root, file)).catch(() => ({ mode: 0 }))).mode & 0o077,
      ]),
    );
    command.child.kill("SIGINT");
    const said = await command.ended();
    where.push([
      "what the command said",
      Buffer.from(said.stdout + said.stderr + traced.stdout + traced.stderr),
    ]);

    const found = where.flatMap(([file, bytes]) =>
      secrets.filter(([, secret]) => bytes.includes(secret)).map(([what]) => `${file}: ${what}`),
    );
    expect(found.filter((line) => !rightPlaces.test(line.split(":")[0] ?? ""))).toEqual([]);
    expect(
      found.filter((line) => line.startsWith("hierarchy.json")),
      "the look finds what is there",
    ).toHaveLength(1);
    expect(secretFiles.length).toBeGreaterThanOrEqual(7);
    expect(open.filter(([, mode]) => mode !== 0)).toEqual([]);
    expect(modes.slice(1)).toEqual([0o700, 0o700, 0o700]);
  },
);

test("a folder, key and database that came back open to others are closed again", async ({ folder }) => {
  const root = join(folder, "CEN");
  const config = siteConfig.parse({
    ...{
      code: "CEN",
      name: "CEN",
      type: "primary",
      parent: null,
      timeZone: "Etc/UTC",
      root,
      host: "127.0.0.1",
    },
    ...{
      distributionPoints: [],
      clientAccessPoints: [],
      managementPoints: [],
      senders: {},
      port: 0,
      clock: null,
    },
    administratorToken: "a-token-for-tests-only",
  });
  await (await startSite(config))[Symbol.asyncDispose]();
  await chmod(root, 0o775);
  await Promise.all(["site.key", "site.db"].map((name) => chmod(join(root, name), 0o664)));
  await rm(join(root, "site.db-wal"), { force: true });

  await using _site = await startSite(config);
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
  expect(await modeOf(root)).toBe(0o700);
  for (const name of ["site.key", "site.db", "site.db-wal"])
    expect(await modeOf(join(root, name)), name).toBe(0o600);
});
