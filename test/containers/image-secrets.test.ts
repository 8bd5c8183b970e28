/**
 * What the image tells whoever may pull it: no layer of it, and nothing said of it, holds a secret, be it of who built it
 * or of a hierarchy that runs as it.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { expect, inject } from "vitest";

import { dockerDriver } from "../../orchestrator/drivers/docker.ts";
import { startHierarchy } from "../../orchestrator/hierarchy.ts";
import { findHierarchy } from "../../orchestrator/running-hierarchies.ts";
import { loadTopology } from "../../orchestrator/topology/load.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { test } from "../support/temporary-folder.ts";
import { TestAuthority } from "../support/test-authority.ts";
import { eachFileOf, type FoundFile } from "./image-layers.ts";

const execute = promisify(execFile);
/** Without the recorder of the tests: what a user has. */
const image = `${inject("image")}-plain`;

/** Files that hold a secret, or what a site keeps to itself, whatever is in them. */
const secretNames =
  /(^|\/)(\.env(\.[^/]*)?|\.git\/.+|id_(rsa|ed25519|ecdsa)|site\.key|site\.db(-wal|-shm)?|hierarchy\.json|administrator-token|journal\.jsonl)$/;
/** A header with a body behind it: without one it is a word in a program or a manual. */
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+(\S+: .*\s+)*[A-Za-z0-9+/=]{24}/;
/** As npm writes them, and as it and GitHub name theirs. */
const registryToken = /_(authToken|auth|password)\s*=\s*[^\s$]{8}|\b(npm|ghp)_[A-Za-z0-9]{36}\b/;

/** Libraries and npm's manuals, which are published as they are: what looks like a key there is an example. */
const ofTheBaseImage = /^(\.\/)?usr\/(local\/)?lib\//;

/** What is wrong with it, in words. */
function whatIsIn({ path, bytes }: FoundFile, secrets: readonly [what: string, bytes: Buffer][]): string[] {
  const isOurs = !ofTheBaseImage.test(path);
  const has = (hint: string) => isOurs && bytes.includes(hint); // most are large, and have none of the words
  return [
    ...(secretNames.test(path) ? [`${path}: by its name`] : []),
    ...(has("PRIVATE KEY-----") && privateKey.test(bytes.toString("latin1"))
      ? [`${path}: a private key`]
      : []),
    ...((path.endsWith("npmrc") || has("npm_") || has("ghp_")) && registryToken.test(bytes.toString("latin1"))
      ? [`${path}: a token of a registry`]
      : []),
    ...secrets.filter(([, secret]) => bytes.includes(secret)).map(([what]) => `${path}: ${what}`),
  ];
}

async function foundIn(name: string, secrets: readonly [string, Buffer][] = []) {
  const found: string[] = [];
  const paths: string[] = [];
  await eachFileOf(name, (file) => {
    paths.push(file.path);
    found.push(...whatIsIn(file, secrets));
  });
  return { found, paths };
}

/** What the containers of a hierarchy know: the administrator's token, each site's key, the secrets of addresses. */
async function secretsOf(name: string, sites: readonly string[]): Promise<[string, Buffer][]> {
  const { token } = await findHierarchy(systemWallClock, name);
  const read = `
    const { DatabaseSync } = require("node:sqlite");
    const { readFileSync } = require("node:fs");
    const root = "/var/lib/spoolnet/site/";
    const rows = new DatabaseSync(root + "site.db", { readOnly: true }).prepare("SELECT share FROM neighbour").all();
    const secrets = rows.map(({ share }) => JSON.parse(share).secret);
    console.log(JSON.stringify({ key: readFileSync(root + "site.key", "utf8"), secrets }));`;
  const ofSites = await Promise.all(
    sites.map(async (site) => {
      const { stdout } = await execute("docker", ["exec", `spoolnet-${name}-${site}`, "node", "-e", read]);
      const { key, secrets } = JSON.parse(stdout) as { key: string; secrets: string[] };
      const [, body = ""] = key.split("\n"); // as it is written, between the lines of its PEM
      return [
        [`the key of ${site}`, body] as const,
        ...secrets.map((secret) => [`a secret of ${site}`, secret] as const),
      ];
    }),
  );
  return [["the administrator's token", token ?? ""] as const, ...ofSites.flat()].map(([what, text]) => {
    expect(text.length, what).toBeGreaterThan(20); // else everything has it, or nothing
    return [what, Buffer.from(text)];
  });
}

test("no layer of the image holds a secret of who built it or of a hierarchy that runs as it", async ({
  folder,
  signal,
}) => {
  const name = `test-${process.pid}-secrets`;
  const file = join(folder, "topology.yaml");
  await writeFile(
    file,
    `
name: ${name}
clock: { start: "2003-11-07T17:30:00-05:00", scale: 600 }
sites:
  CEN: { type: primary, distributionPoints: [HQDP] }
  MKE: { type: secondary, parent: CEN, distributionPoints: [MKEDP] }
`,
  );
  await using _hierarchy = await startHierarchy({
    topology: await loadTopology(file),
    driver: dockerDriver({ wallClock: systemWallClock, image }),
    root: join(folder, "root"),
    ...{ administratorToken: undefined, wallClock: systemWallClock, signal, say: () => {} },
  });
  const secrets = await secretsOf(name, ["cen", "mke"]);
  const { found, paths } = await foundIn(image, secrets);

  expect(secrets).toHaveLength(5);
  expect(found).toEqual([]);
  expect(paths).toContain("opt/spoolnet/site-image/main.ts");
  expect(paths).toContain("usr/local/bin/node");
});

test("a secret that a later layer takes away is found all the same", async ({ folder, onTestFinished }) => {
  const { key } = await (await TestAuthority.make()).certify("elsewhere");
  const token = randomBytes(32).toString("base64url");
  const planted = {
    "tls.pem": key,
    ".npmrc": `//registry.example/:_authToken=${token}\n`,
    ".env": "A=b\n",
    "notes.txt": `the token is ${token}\n`,
    ".git/config": "[core]\n",
    "manual.txt": "it begins with -----BEGIN PRIVATE KEY-----\n",
  };
  for (const [path, text] of Object.entries(planted)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  // On nothing at all: what is looked for is in these layers alone.
  const steps = ["FROM scratch", "COPY . /opt/", "COPY manual.txt /opt/tls.pem", `LABEL token=${token}`];
  await writeFile(join(folder, "Dockerfile"), steps.join("\n"));
  const tag = `spoolnet-test:${randomBytes(6).toString("hex")}`;
  await execute("docker", ["build", "--tag", tag, folder]);
  onTestFinished(async () => void (await execute("docker", ["image", "rm", tag])));
  const { found } = await foundIn(tag, [["a token", Buffer.from(token)]]);

  const words = found.map((line) => line.replace(/^\S*[0-9a-f]{64}\S*:/, "what is said of it:"));
  expect([...new Set(words)].sort()).toEqual([
    "opt/.env: by its name",
    "opt/.git/config: by its name",
    "opt/.npmrc: a token",
    "opt/.npmrc: a token of a registry",
    "opt/Dockerfile: a token",
    "opt/notes.txt: a token",
    "opt/tls.pem: a private key",
    "what is said of it: a token",
  ]);
});
