/**
 * Certificates in the topology file, as a user has them: the sites speak HTTPS alone, every command believes them, and
 * who is not to be believed is told in words.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { startHierarchy } from "../../orchestrator/testing/start.ts";
import { Spoolnet } from "../support/spoolnet-process.ts";
import { test as base } from "../support/temporary-folder.ts";
import { TestAuthority, testTls } from "../support/test-authority.ts";

const sites = ["CEN", "CHI", "MKE"];

/** Three sites with certificates for 127.0.0.1, and a package for all. */
const test = base.extend("secured", async ({ folder }) => {
  const authority = await TestAuthority.make();
  await authority.writeFor(folder, sites, "127.0.0.1");
  const file = join(folder, "secured.yaml");
  await writeFile(
    file,
    `name: secured
clock: { start: "2003-11-07T17:30:00-05:00", scale: 600 }
defaults: { site: { ${testTls} } }
sites:
  CEN: { type: primary, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, distributionPoints: [CHIDP] }
  MKE: { type: secondary, parent: CHI, distributionPoints: [MKEDP] }
packages:
  - { name: Maps, site: CEN, size: 200 KB, distributionPoints: all }
expect:
  - { package: Maps, on: all, by: +12h }
  - { nothing: lost }
`,
  );
  return { authority, file, root: join(folder, "root") };
});

test.for(["embedded", "processes"])(
  "with the driver %s a package arrives over HTTPS, and every command asks over it",
  async (driver, { secured: { file, root } }) => {
    const up = new Spoolnet(["run", file, "--driver", driver, "--root", root, "--no-console"]);
    await using _ended = {
      [Symbol.asyncDispose]: async () => {
        up.child.kill("SIGINT");
        await up.ended();
      },
    };
    await up.says("held: Maps");
    const command = (...args: string[]) => new Spoolnet([...args, "--root", root]).ended();
    expect(await command("status")).toMatchObject({ code: 0, stdout: expect.stringContaining("MKE") });
    expect((await command("clock", "show")).code).toBe(0);
    expect((await command("trace", "Maps")).stdout).toContain("installed version 1 on MKEDP");

    const text = await readFile(join(root, "hierarchy.json"), "utf8");
    expect(text).not.toContain("PRIVATE");
    const record = JSON.parse(text);
    expect(record.sites).toHaveLength(3);
    for (const { url } of record.sites) {
      expect(url).toMatch(/^https:/);
      await expect(fetch(`${url.replace(/^https/, "http")}/health`)).rejects.toThrow();
    }
  },
);

test("a certificate of another authority than the one given is told at once, with the site", async ({
  folder,
  secured: { file, root },
}) => {
  await writeFile(join(folder, "tls/authority.pem"), (await TestAuthority.make()).certificate);
  const { code, stderr } = await new Spoolnet(["run", file, "--exit", "--root", root]).ended();

  expect(stderr).toMatch(
    /the certificate of site CEN at https:\/\/127\.0\.0\.1:\d+ is not to be trusted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE: .*tls\.authorities/,
  );
  expect(code).toBe(2);
});

test("certificates that do not name where their sites are reached are named, all at once", async ({
  folder,
  secured: { authority, file, root },
}) => {
  await authority.writeFor(folder, ["CHI", "MKE"], "example.org");
  const { code, stderr } = await new Spoolnet(["run", file, "--exit", "--root", root]).ended();

  expect(stderr).toContain(
    "site CHI: expected a certificate for 127.0.0.1, found one for DNS:example.org, DNS:chi",
  );
  expect(stderr).toContain("site MKE: expected a certificate for 127.0.0.1");
  expect(code).toBe(2);
});

test("an attached site with a certificate is not asked over HTTP", async ({ secured: { file } }) => {
  const environment = {
    SPOOLNET_ADMINISTRATOR_TOKEN: "a-token-for-tests-only",
    SPOOLNET_SITE_URL: "http://127.0.0.1:1",
  };
  const attached = new Spoolnet(["run", file, "--driver", "attached", "--exit"], environment);
  const { code, stderr } = await attached.ended();

  expect(stderr).toContain(
    "site CEN: the topology gives it a certificate (tls): expected a URL that begins with https://",
  );
  expect(code).toBe(2);
});

test("a hierarchy inside a test has them as well", async ({ secured: { file }, signal }) => {
  await using hierarchy = await startHierarchy({ topology: file, driver: "embedded", signal });
  await hierarchy.arrived("Maps", "MKE");

  expect(hierarchy.site("MKE").url).toMatch(/^https:/);
});
