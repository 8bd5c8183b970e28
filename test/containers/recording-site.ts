/**
 * Loaded into every process of a container under test, before it: in a site, writes what its recorder sees to the standard
 * output, where the container's log lines are. Any other process has no traffic, and nothing is written.
 */
import { TrafficRecorder } from "../support/traffic-recorder.ts";

const isSite = process.argv[1]?.endsWith("/site-image/main.ts") ?? false;
if (isSite) {
  const recorder = new TrafficRecorder("/var/lib", (record) =>
    process.stdout.write(`${JSON.stringify({ recorded: record })}\n`),
  );
  process.once("exit", () => recorder[Symbol.dispose]());
}
