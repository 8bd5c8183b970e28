/**
 * What is no file, in the place of an upload's: a pipe would hold up the whole site when it is opened.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { codeOf, someBytes } from "./running-share.ts";
import { test } from "./share-fixture.ts";

const name = "2___1CEN.PCK";

type Put = (path: string) => Promise<unknown>;
const putPipe: Put = async (path) => execFileSync("mkfifo", [path]);
const putSocket: Put = async (path) => {
  const server = createServer().listen(path);
  await once(server, "listening");
  server.unref();
};
const putFolder: Put = (path) => mkdir(path);

describe.for([
  ["a pipe", putPipe],
  ["a socket", putSocket],
  ["a folder", putFolder],
] as const)("%s", ([, put]) => {
  test("in the place of a file that comes is put aside, and the file is sent anew", async ({ share }) => {
    const bytes = someBytes(10_000);
    await share.create(name, bytes.length);
    await share.patch(name, 0, bytes.subarray(0, 5_000));
    await rm(join(share.receive, name));
    await put(join(share.receive, name));

    expect(await codeOf(await share.patch(name, 5_000, bytes.subarray(5_000)))).toBe("404 UNKNOWN_UPLOAD");
    await share.put(name, bytes);
    expect(share.bytesOnDisk(name)).toBe(10_000);
    expect(await readdir(join(share.receive, "Quarantine"))).toEqual([name]);
  });

  test("in the place of an empty instruction is not read", async ({ share }) => {
    await share.create("2___1CEN.TMP", 0);
    await rm(join(share.receive, "2___1CEN.TMP"));
    await put(join(share.receive, "2___1CEN.TMP"));

    expect(await codeOf(await share.commit("2___1CEN"))).toBe("404 UNKNOWN_UPLOAD");
  });
});
