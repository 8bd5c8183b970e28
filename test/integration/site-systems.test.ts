/**
 * What clients fetch from a distribution point, over HTTP, while versions come and go.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import express from "express";
import { expect } from "vitest";

import { PackageShare } from "../../site-image/content/package-share.ts";
import { siteSystems } from "../../site-image/http/site-systems.ts";
import { test as base } from "../support/temporary-folder.ts";

const id = "A0100003";

const test = base.extend("url", async ({ folder }, { onCleanup }) => {
  const server = createServer(express().use(siteSystems(folder)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/HQDP/SMSPKGC$/${id}`;
});

/** Swaps versions as a package share does, but flushes nothing: some hundred times a second, until its input ends. */
const swapper = `
const { mkdirSync, writeFileSync, symlinkSync, renameSync, rmSync } = require("node:fs");
process.chdir(process.argv[1]);
let isOver = false;
process.stdin.on("end", () => { isOver = true; }).resume();
let version = 0;
const swap = () => {
  version++;
  mkdirSync(".versions/" + version, { recursive: true });
  writeFileSync(".versions/" + version + "/one", String(version).padStart(8, "0").repeat(100));
  symlinkSync(".versions/" + version, ".versions/link");
  renameSync(".versions/link", process.argv[2]);
  if (version === 1) console.log("there");
  else rmSync(".versions/" + (version - 1), { recursive: true });
  if (!isOver) setTimeout(swap, 3);
};
swap();
`;

test("a client finds the package, whole, however often another version is swapped in meanwhile", async ({
  folder,
  url,
}) => {
  const share = join(folder, "HQDP", "SMSPKGC$");
  await mkdir(share, { recursive: true });
  const child = spawn(process.execPath, ["-e", swapper, share, id], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const answers = new Set<string>();
  const client = async (path: string, isWhole: (text: string) => boolean) => {
    for (let times = 0; times < 500; times++) {
      const response = await fetch(url + path);
      answers.add(`${path} ${response.status} ${isWhole(await response.text())}`);
    }
  };
  await Promise.all([
    client("", (text) => text.includes('"one"')),
    client("/one", (text) => text === text.slice(0, 8).repeat(100)),
  ]);
  child.stdin.end();
  await once(child, "close");

  expect([...answers].sort()).toEqual([" 200 true", "/one 200 true"]);
});

test("what is not there is not found", async ({ folder, url }) => {
  const share = new PackageShare(join(folder, "HQDP", "SMSPKGC$"));
  await share.install(id, 1, (staging) => writeFile(join(staging, "one"), "1"));

  expect((await fetch(`${url}/two`)).status).toBe(404);
  expect((await fetch(`${url}/one`)).status).toBe(200);
});
