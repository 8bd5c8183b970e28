/**
 * What a hierarchy under test has on this machine and in an engine, and its end however the test ends: a process of its
 * own (reaper.ts) removes what is left once the test's is gone.
 */
import { spawn } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

import type { DriverName } from "../drivers/driver.ts";
import { type RunRoot, runRoot } from "../run-root.ts";

/** What the reaper is told, as JSON. */
export type Left = {
  /** A folder to remove. */
  readonly folder?: string | undefined;
  /** What to remove from the Docker engine: the hierarchy of that name, as its driver made it. */
  readonly engine?: { readonly driver: DriverName; readonly hierarchy: string } | undefined;
};

const reaper = fileURLToPath(import.meta.resolve(`./reaper${extname(import.meta.url)}`));

export type TestRootOptions = {
  /** The user's own folder, which stays. Default: a new one in the temporary folder. */
  readonly folder: string | undefined;
  /** Undefined where no site outlives this process. */
  readonly engine: Left["engine"];
  readonly environment: Readonly<Record<string, string | undefined>>;
};

export async function testRoot(options: TestRootOptions): Promise<RunRoot> {
  const root = await runRoot(options.folder);
  const folder = root.isKept ? undefined : root.folder;
  await using owned = new AsyncDisposableStack();
  if (folder !== undefined || options.engine !== undefined)
    owned.use(reaperOf({ folder, engine: options.engine }, options.environment));
  owned.use(root); // gone before the reaper looks for it
  const moved = owned.move();
  return { ...root, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** It hears of the end of this process because the channel between them closes, also after SIGKILL. */
function reaperOf(left: Left, environment: NodeJS.ProcessEnv): Disposable {
  const child = spawn(process.execPath, [reaper, JSON.stringify(left)], {
    env: environment,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    detached: true, // Ctrl-C is for the test; what comes after it is for the reaper
  });
  child.on("error", () => {}); // without it, only a test that is killed leaves something behind
  child.unref();
  child.channel?.unref();
  return { [Symbol.dispose]: () => (child.connected ? child.disconnect() : undefined) };
}
