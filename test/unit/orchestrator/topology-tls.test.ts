import { createPrivateKey } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { loadTopology } from "../../../orchestrator/topology/load.ts";
import { TestAuthority, testTls } from "../../support/test-authority.ts";
import { test } from "./topology-fixture.ts";

const withTls = (tls: string, sites = "") => `name: three
clock: { start: "2003-11-06T17:30:00-05:00", scale: 60 }
defaults: { site: { ${tls} } }
sites:
  CEN: { type: primary }
  B{1..2}0: { type: secondary, parent: CEN }
${sites}`;

const sites = ["CEN", "B10", "B20"];

test("each site of a range has files of its own, seen from the topology file", async ({ folder, planOf }) => {
  await (await TestAuthority.make()).writeFor(folder, sites);
  const topology = await planOf(
    withTls(
      testTls,
      "  X00: { type: secondary, parent: CEN, tls: { key: tls/CEN.key, certificate: tls/CEN.pem } }\n",
    ),
  );

  expect(topology.sites.map(({ code, tls }) => [code, tls])).toEqual(
    [...sites, "X00"].map((code) => {
      const name = code === "X00" ? "CEN" : code;
      return [
        code,
        {
          certificateFile: join(folder, `tls/${name}.pem`),
          keyFile: join(folder, `tls/${name}.key`),
          authoritiesFile: join(folder, "tls/authority.pem"),
        },
      ];
    }),
  );
});

test("no text of a key is in a plan", async ({ folder, planOf }) => {
  await (await TestAuthority.make()).writeFor(folder, sites);

  expect(JSON.stringify(await planOf(withTls(testTls)))).not.toMatch(/BEGIN|PRIVATE/);
});

test("every mistake in the files is told at once", async ({ folder, mistakesIn }) => {
  const authority = await TestAuthority.make();
  await authority.writeFor(folder, sites);
  const at = (name: string) => join(folder, "tls", name);
  await writeFile(at("authority.pem"), "not a certificate");
  await chmod(at("CEN.key"), 0o644);
  await writeFile(at("B10.key"), (await authority.certify("elsewhere")).key);
  await writeFile(at("B20.pem"), "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  const { key } = await authority.certify("elsewhere");
  const locked = createPrivateKey(key).export({
    format: "pem",
    type: "pkcs8",
    cipher: "aes-256-cbc",
    passphrase: "x",
  });
  await writeFile(at("locked.key"), locked, { mode: 0o600 });
  const more = `  X10: { type: secondary, parent: CEN, tls: { certificate: tls/gone.pem, key: tls/locked.key } }
  X20: { type: secondary, parent: CEN, tls: { certificate: tls, key: tls/authority.pem } }
`;
  await chmod(at("authority.pem"), 0o600);

  const mistakes = await mistakesIn(withTls(testTls, more));
  expect(mistakes.map((mistake) => mistake.replaceAll(folder, ""))).toEqual([
    expect.stringMatching(
      /^3:.*defaults\.site\.tls\.certificate: .*found "tls\/B20\.pem", which is no certificate/,
    ),
    expect.stringMatching(
      /^3:.*defaults\.site\.tls\.key: .*found "tls\/CEN\.key", which others may read \(mode 0644\): chmod 600 \/tls\/CEN.key$/,
    ),
    expect.stringMatching(
      /^3:.*defaults\.site\.tls\.key: .*found "tls\/B10\.key", which is not the key of "tls\/B10\.pem"$/,
    ),
    expect.stringMatching(
      /^3:.*defaults\.site\.tls\.authorities: .*found "tls\/authority\.pem", which is no certificate/,
    ),
    expect.stringMatching(/^7:.*sites\.X10\.tls\.certificate: .*and there is no file \/tls\/gone\.pem$/),
    expect.stringMatching(/^7:.*sites\.X10\.tls\.key: .*which is encrypted/),
    expect.stringMatching(/^8:.*sites\.X20\.tls\.certificate: .*and \/tls is no file$/),
    expect.stringMatching(/^8:.*sites\.X20\.tls\.key: .*which is no key in PEM$/),
  ]);
});

test("a key is wanted with a certificate, and a certificate for every site or for none", async ({
  folder,
  mistakesIn,
}) => {
  await (await TestAuthority.make()).writeFor(folder, sites);
  const text = `name: three
clock: { start: "2003-11-06T17:30:00-05:00", scale: 60 }
sites:
  CEN: { type: primary, tls: { certificate: tls/CEN.pem } }
  B10: { type: secondary, parent: CEN }
  B20: { type: secondary, parent: CEN, tls: { authorities: tls/authority.pem } }
`;

  expect(await mistakesIn(text)).toEqual([
    "4:25: sites.CEN.tls: expected a certificate and its key, found no key",
    "5:3: sites.B10: expected a certificate (tls) for all sites or for none, found none for B10, and one for CEN",
    "6:40: sites.B20.tls: expected a certificate and its key, found no certificate and no key",
  ]);
});

test("where sites run elsewhere, only the authorities have to be here", async ({ folder, planOf }) => {
  const authority = await TestAuthority.make();
  await mkdir(join(folder, "tls"));
  await writeFile(join(folder, "tls/authority.pem"), authority.certificate);
  await expect(planOf(withTls(testTls))).rejects.toThrow("there is no file");

  const file = join(folder, "t.yaml");
  const { sites: plans } = await loadTopology(file, { areSitesElsewhere: true });
  expect(await readFile(plans[0]?.tls?.authoritiesFile ?? "", "utf8")).toBe(authority.certificate);
});
