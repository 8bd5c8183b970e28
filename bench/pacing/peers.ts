/**
 * The throttled clients people use today, and Spoolnet among them: how each is started against a tap.
 */

import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../free-port.ts";

import type { LimitKind, SendingOptions } from "./sending.ts";

export type Receiver = { readonly port: number; readonly process: ChildProcess };

/** What is started to be measured. `halvedMs` is undefined where the rate does not change. */
export type Started = { readonly process: ChildProcess; readonly halvedMs: number | undefined };

export type Client = {
  readonly name: string;
  readonly protocol: "http" | "rsync";
  /** Undefined where it is installed, else why it is left out. */
  absent(): string | undefined;
  receiver(folder: string): Promise<Receiver>;
  /** Sends `bytes` to the tap at `port`, at `rate` bytes a real second. */
  start(folder: string, port: number, rate: number, bytes: number): Promise<Started>;
};

const here = (file: string) => join(import.meta.dirname, file);
/** As a site is run (orchestrator/drivers/processes.ts): V8 with one helper thread leaves the cores to who sends. */
const asSite = ["--v8-pool-size=1"];
const quiet = { stdio: ["ignore", "ignore", "inherit", "ipc"] } as const;

async function forked(file: string, ...args: string[]): Promise<{ process: ChildProcess; first: unknown }> {
  const child = fork(file, args, { stdio: [...quiet.stdio], execArgv: [...asSite] });
  const [first] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => {
      throw new Error(`${file} ended before it began`);
    }),
  ]);
  return { process: child, first };
}

export async function tapTo(options: object): Promise<{ process: ChildProcess; port: number }> {
  const { process, first } = await forked(here("tap.ts"), JSON.stringify(options));
  return { process, port: Number(first) };
}

async function sink(): Promise<Receiver> {
  const { process, first } = await forked(here("sink.ts"));
  return { process, port: Number(first) };
}

const absentProgram = (name: string, flag: string) => () =>
  spawnSync(name, [flag], { stdio: "ignore" }).status === 0 ? undefined : `${name} is not installed`;

/** A file of `bytes` zeros that takes no room. */
function fileOf(folder: string, bytes: number): string {
  const path = join(folder, "content");
  writeFileSync(path, "");
  truncateSync(path, bytes);
  return path;
}

const program = (name: string, args: readonly string[]): Started => ({
  process: spawn(name, args, { stdio: "ignore" }),
  halvedMs: undefined,
});

const names: Record<LimitKind, string> = {
  fixed: "spoolnet",
  percent: "spoolnet percent",
  line: "spoolnet RAS line",
  "line percent": "spoolnet RAS percent",
  link: "spoolnet link",
  pulse: "spoolnet pulse",
};

export function spoolnet(
  how: Omit<SendingOptions, "folder" | "url" | "bytes">,
  name = names[how.kind],
): Client {
  return {
    name,
    protocol: "http",
    absent: () => undefined,
    async receiver(folder) {
      const share = here("../../test/integration/share/share-process.ts");
      const { process, first } = await forked(share, folder, "0");
      return { process, port: Number(new URL(String(first)).port) };
    },
    async start(folder, port, _rate, bytes) {
      const options: SendingOptions = { ...how, folder, bytes, url: `http://127.0.0.1:${port}` };
      const { process, first } = await forked(here("sending.ts"), JSON.stringify(options));
      return { process, halvedMs: how.kind === "pulse" ? undefined : Number(first) };
    },
  };
}

export const peers: readonly Client[] = [
  {
    name: "curl --limit-rate",
    protocol: "http",
    absent: absentProgram("curl", "--version"),
    receiver: sink,
    start: async (folder, port, rate, bytes) =>
      program("curl", [
        ...["-sS", "-H", "Expect:", "--limit-rate", String(Math.round(rate))],
        ...["-T", fileOf(folder, bytes), `http://127.0.0.1:${port}/content`],
      ]),
  },
  {
    name: "rclone --bwlimit",
    protocol: "http",
    absent: absentProgram("rclone", "version"),
    receiver: sink,
    start: async (folder, port, rate, bytes) =>
      program("rclone", [
        ...["copyto", "--config", "/dev/null", "--retries", "1", "--bwlimit", `${Math.round(rate)}B`],
        ...["--webdav-url", `http://127.0.0.1:${port}/`, fileOf(folder, bytes), ":webdav:content"],
      ]),
  },
  {
    name: "rsync --bwlimit",
    protocol: "rsync",
    absent: absentProgram("rsync", "--version"),
    async receiver(folder) {
      const port = await freePort();
      const target = join(folder, "target");
      mkdirSync(target, { recursive: true });
      const config = join(folder, "rsyncd.conf");
      writeFileSync(config, `use chroot = no\n[in]\npath = ${target}\nread only = no\n`);
      const args = ["--daemon", "--no-detach", "--address=127.0.0.1", `--port=${port}`, `--config=${config}`];
      const process = spawn("rsync", args, { stdio: "ignore" });
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { port, process };
    },
    start: async (folder, port, rate, bytes) =>
      program("rsync", [
        ...["--whole-file", "--inplace", `--bwlimit=${rate / 1024}`],
        ...[fileOf(folder, bytes), `rsync://127.0.0.1:${port}/in/`],
      ]),
  },
];
