/**
 * The share's process is killed, again and again, and every request is delivered whole, and once.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { SendError } from "../../../site-image/senders/send-error.ts";
import { SiteConnections } from "../../../site-image/senders/site-connections.ts";
import { transferOver } from "../../../site-image/senders/transfer.ts";
import { test as base } from "../../support/temporary-folder.ts";
import { addressAt, makeDelivery, someBytes } from "./running-share.ts";

type Site = { readonly process: ChildProcess; readonly url: string };

const program = join(import.meta.dirname, "share-process.ts");
const receiveOf = (folder: string) => join(folder, "SMS/Inboxes/Despoolr.box/Receive");

const test = base.extend("start", async ({ folder }, { onCleanup }) => {
  const running = new Set<ChildProcess>();
  onCleanup(() => {
    for (const child of running) child.kill("SIGKILL");
  });
  return async (moment = ""): Promise<Site> => {
    const child = fork(program, [folder, "0", moment], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    running.add(child);
    child.once("exit", () => running.delete(child));
    const [url] = (await once(child, "message")) as [string];
    return { process: child, url };
  };
});

/** Sends once. False if that failed and may be tried again. */
async function trySend(
  folder: string,
  url: string,
  request: string,
  content: Buffer,
  progress: (offset: number) => void = () => {},
): Promise<boolean> {
  const job = await makeDelivery(folder, addressAt(url), request, content);
  await using connections = new SiteConnections();
  try {
    const hooks = { connected() {}, started() {}, progress };
    await transferOver(connections)(job, hooks, new AbortController().signal);
    return true;
  } catch (error) {
    if (error instanceof SendError && error.retryable) return false;
    throw error;
  }
}

test.for(["created PCK", "received TMP", "received", "renamed SNI"])(
  "a kill at the moment %j costs nothing and delivers once",
  async (moment, { folder, start }) => {
    const content = someBytes(1_000_000);
    const first = await start(moment);
    const died = once(first.process, "exit");

    expect(await trySend(folder, first.url, "2___1CEN", content)).toBe(false);
    expect((await died)[1]).toBe("SIGKILL");
    const second = await start();
    const before = await takeDelivered(receiveOf(folder), content); // before its sender tries again
    expect(before).toEqual(moment === "received" || moment === "renamed SNI" ? ["2___1CEN"] : []);
    expect(await trySend(folder, second.url, "2___1CEN", content)).toBe(true);
    const after = await takeDelivered(receiveOf(folder), content);

    expect([...before, ...after]).toEqual(["2___1CEN"]);
    expect(await readdir(receiveOf(folder))).toEqual(["Quarantine"]);
  },
);

test("kills in the middle of transfers lose nothing and deliver nothing twice", async ({ folder, start }) => {
  const seed = Number(process.env.SPOOLNET_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const random = randomFrom(seed);
  const delivered: string[] = [];
  let site = await start();
  for (const request of ["1__A1CEN", "2__A2CEN", "3__A3CEN"]) {
    const content = someBytes(4_000_000);
    for (let isSent = false; !isSent; ) {
      const { process: target } = site;
      const killAt = random() * 2 * content.length; // half of the attempts go through
      const kill = (offset: number) => offset >= killAt && target.kill("SIGKILL");
      isSent = await trySend(folder, site.url, request, content, kill);
      if (target.killed) {
        if (target.exitCode === null && target.signalCode === null) await once(target, "exit");
        site = await start();
      }
      delivered.push(...(await takeDelivered(receiveOf(folder), content)));
    }
    expect(await trySend(folder, site.url, request, content), `seed ${seed}`).toBe(true); // sent once more
  }
  delivered.push(...(await takeDelivered(receiveOf(folder), Buffer.alloc(0))));

  expect(delivered, `seed ${seed}`).toEqual(["1__A1CEN", "2__A2CEN", "3__A3CEN"]);
});

/** Takes what is committed, as the Despooler does: the package file first. */
async function takeDelivered(folder: string, content: Buffer): Promise<string[]> {
  const requests = (await readdir(folder))
    .filter((name) => name.endsWith(".SNI"))
    .map((name) => name.slice(0, -4));
  for (const request of requests) {
    expect(content.equals(readFileSync(join(folder, `${request}.PCK`))), request).toBe(true);
    await rm(join(folder, `${request}.PCK`));
    await rm(join(folder, `${request}.SNI`));
  }
  return requests;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
