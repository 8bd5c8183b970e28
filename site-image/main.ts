/**
 * One site as a process: what a container runs. Its settings come from the environment (site-config.ts lists them);
 * SIGTERM and SIGINT stop it within a few seconds, with everything in hand finished or put back.
 * Its standard output is its logs as JSON, one object a line (log-json.ts).
 */

import type { LogRecord } from "./log-file.ts";
import { logJson } from "./log-json.ts";
import { errorText } from "./reporter.ts";
import { administratorTokenFrom } from "./security/administrator-token.ts";
import { tlsFrom } from "./security/tls-files.ts";
import { type StartedSite, startSite } from "./site.ts";
import { siteConfigFrom } from "./site-config.ts";

let site: StartedSite | undefined;

// Before the start, which may take a while after a crash: a container's first process is deaf to what it has no
// handler for, and would be killed in the end.
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
try {
  const tls = tlsFrom(process.env);
  const config = { ...siteConfigFrom(process.env, administratorTokenFrom(process.env)), tls };
  const tell = (record: LogRecord) => inOneWrite(logJson(record, config.code));
  site = await startSite(config, { tell });
} catch (error) {
  console.error(`spoolnet site: ${errorText(error)}`);
  process.exit(1);
}

/** Lines of one turn of the event loop leave in one write: each wakes whoever reads them. */
function inOneWrite(line: string): void {
  const { stdout } = process;
  if (stdout.writableCorked === 0) {
    stdout.cork();
    setImmediate(() => stdout.uncork());
  }
  stdout.write(line);
}

async function stop(): Promise<void> {
  if (!site) process.exit(0); // what it had begun, it begins again
  try {
    await site[Symbol.asyncDispose]();
    process.stdout.uncork();
    process.exit(0);
  } catch (error) {
    console.error(`site ${site.code} did not stop cleanly: ${errorText(error)}`);
    process.exit(1);
  }
}
