/**
 * What is sent to an engine to build the image of, by hand (.dockerignore) and by the docker driver: whatever secret
 * comes to lie among the project's files stays out.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import dockerignore from "@balena/dockerignore";
import { expect } from "vitest";

import { contextFiles } from "../../../orchestrator/drivers/docker/image.ts";
import { test } from "./folder-fixture.ts";

/** In each folder that the image is made of, as a run on it, a person or a tool would leave them. */
const secret = [
  ".env",
  ".env.local",
  ".npmrc",
  ".git/config",
  ".ssh/id_ed25519",
  "tls/CEN.key",
  "tls/CEN.pem",
  "run/hierarchy.json",
  "run/administrator-token",
  "run/CEN/site.key",
  "run/CEN/site.db",
  "run/CEN/site.db-wal",
];
const folders = ["", "bin/", "domain/", "orchestrator/", "site-image/", "topologies/"];
/** Of the project itself, and what the image is made of. */
const wanted = [
  "package.json",
  "bin/a.js",
  "domain/a.ts",
  "orchestrator/a.ts",
  "site-image/site.ts",
  "topologies/a.yaml",
];

test("no secret that lies among the project's files is sent to an engine", async ({ folder }) => {
  const secrets = folders.flatMap((one) => secret.map((name) => `${one}${name}`));
  for (const name of [...secrets, ...wanted]) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), "x");
  }
  const rules = await readFile(new URL("../../../.dockerignore", import.meta.url), "utf8");
  const byHand = dockerignore
    .default()
    .add(rules)
    .filter([...secrets, ...wanted]);

  expect(byHand).toEqual(wanted);
  expect(await contextFiles(folder)).toEqual(wanted.toSorted());
});

test("what is sent is the same by hand and by the driver", async () => {
  const project = new URL("../../../", import.meta.url).pathname;
  const rules = await readFile(join(project, ".dockerignore"), "utf8");
  const files = await contextFiles();

  expect(files.length).toBeGreaterThan(200);
  expect(
    dockerignore
      .default()
      .add(rules)
      .filter(files.filter((name) => name !== "Dockerfile")),
  ).toEqual(files.filter((name) => name !== "Dockerfile"));
});
