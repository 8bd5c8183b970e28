/**
 * The page of the console as it is built, and as it is served.
 */
import { readdir, readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

import express from "express";
import { test as base, expect } from "vitest";

import { compressedFiles } from "../../orchestrator/console/compressed-files.ts";
import { pageFolder, pageReady } from "../../orchestrator/console/page-files.ts";

const assets = join(pageFolder, "assets");

/** The names of the page's scripts, which is built. */
const test = base.extend("scripts", { scope: "file" }, async () => {
  if (!(await pageReady(() => {}, new AbortController().signal))) throw new Error("there is no page");
  return (await readdir(assets)).filter((name) => name.endsWith(".js"));
});

test("all JavaScript of the console, compressed, is less than 300 kB, also what a first visit does not load", async ({
  scripts,
}) => {
  for (const extension of [".br", ".gz"]) {
    const sizes = await Promise.all(
      scripts.map(async (name) => (await readFile(join(assets, name + extension))).length),
    );
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(300_000);
  }
});

test("the page is built for production, whatever the environment of who builds it", async ({ scripts }) => {
  expect(process.env.NODE_ENV).toBe("test");
  for (const name of scripts)
    expect(await readFile(join(assets, name), "utf8"), name).not.toContain("jsxDEV"); // of React for development
});

test("a file is sent compressed as the visitor takes it, and is the same for who takes none", async ({
  scripts,
}) => {
  const server = createServer(express().use(compressedFiles(assets, { immutable: true, maxAge: "1y" })));
  await using _closed = { [Symbol.asyncDispose]: async () => void server.close() };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const get = (path: string, encodings: string) =>
    new Promise<{ encoding?: string; type?: string; vary?: string; status?: number; body: Buffer }>(
      (resolve, reject) => {
        const options = { host: "127.0.0.1", port, path, headers: { "accept-encoding": encodings } };
        request(options, async (response) => {
          const { "content-encoding": encoding, "content-type": type, vary } = response.headers;
          const { statusCode: status } = response;
          resolve({
            body: await buffer(response),
            ...(encoding && { encoding }),
            ...(type && { type }),
            ...(vary && { vary }),
            ...(status && { status }),
          });
        })
          .on("error", reject)
          .end();
      },
    );
  const path = `/${scripts[0]}`;
  const plain = await readFile(join(assets, scripts[0] ?? ""));

  const brotli = await get(path, "gzip, deflate, br, zstd");
  expect(brotli).toMatchObject({ encoding: "br", vary: "Accept-Encoding", status: 200 });
  expect(brotli.type).toMatch(/^text\/javascript/);
  expect(brotliDecompressSync(brotli.body).equals(plain)).toBe(true);
  const zipped = await get(path, "gzip");
  expect(zipped).toMatchObject({ encoding: "gzip", vary: "Accept-Encoding" });
  expect(gunzipSync(zipped.body).equals(plain)).toBe(true);
  const bare = await get(path, "identity");
  expect(bare).toMatchObject({ vary: "Accept-Encoding" });
  expect(bare.encoding).toBeUndefined();
  expect(bare.body.equals(plain)).toBe(true);
  expect((await get("/none.js", "br")).encoding).toBeUndefined();
  expect((await get("/none.js", "br")).status).toBe(404);
});
