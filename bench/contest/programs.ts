/**
 * Other people's programs: whether they are there, run to their end, and nginx as a receiver.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-port.ts";

/** Why a measure that needs these cannot be made, or undefined. */
export function missing(...programs: readonly string[]): string | undefined {
  const gone = programs.filter((program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0);
  return gone.length === 0 ? undefined : `${gone.join(", ")} not installed`;
}

/** Runs a line of shell to its end. Rejects where it fails. */
export async function shell(line: string, cwd: string): Promise<void> {
  const child = spawn("bash", ["-c", `set -eo pipefail; ${line}`], {
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${line}: ended with ${code}: ${said.trim()}`);
}

/** Real seconds that `work` takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
}

export type Server = AsyncDisposable & { readonly port: number };

/** nginx that takes PUT (and what rclone asks of WebDAV) into `<folder>/received`. */
export async function nginx(folder: string): Promise<Server> {
  const port = await freePort();
  const received = join(folder, "received");
  mkdirSync(received, { recursive: true });
  const module = "/etc/nginx/modules-enabled/50-mod-http-dav-ext.conf";
  const config = join(folder, "nginx.conf");
  writeFileSync(
    config,
    `${existsSync(module) ? `include ${module};` : ""}
user root; worker_processes 2; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
events { worker_connections 256; }
http { access_log off; client_max_body_size 0; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/p;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server { listen 127.0.0.1:${port}; root ${received}; location / { dav_methods PUT DELETE MKCOL MOVE;
    ${existsSync(module) ? "dav_ext_methods PROPFIND OPTIONS;" : ""} create_full_put_path on; } } }
`,
  );
  return await served(spawn("nginx", ["-c", config], { stdio: "ignore" }), port);
}

/** Resolves once something listens; ends `child` when it is disposed of. */
export async function served(child: ChildProcess, port: number): Promise<Server> {
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries > 100 || child.exitCode !== null)
      throw new Error(`${child.spawnargs.join(" ")} does not listen`);
    await sleep(50);
  }
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
