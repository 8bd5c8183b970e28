/**
 * Loaded into a site that a test started, before the site itself.
 * Ends the site when the test's own process is gone, however it ended. Has a recorder write what comes over the site's
 * share to the file `SPOOLNET_TEST_TRAFFIC`, all but the last few milliseconds before a kill. And, once it is asked to, kills it just before
 * or just after one of its durable steps: a rename, a removal, a change of rows. Which one is left to chance, but
 * places of the code where no site was killed yet come first: `SPOOLNET_TEST_PLACES` is the file that tells them.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";

import { Random } from "./random.ts";
import { TrafficRecorder } from "./traffic-recorder.ts";

/** Of being killed at a step in a place where no site was killed yet, and how much less after each time one was. */
const chanceInNewPlace = 1 / 10;
const lessAfterEach = 1 / 12;
/** What every step goes through says nothing of its place. */
const helpers = /whole-file\.ts|site-database\.ts|turns\.ts|component\.ts/;

const placesFile = process.env.SPOOLNET_TEST_PLACES ?? "";
const append = fs.appendFileSync; // as it is before it counts
const killedAt = Map.groupBy(readLines(placesFile), (place) => place);
const [seedOfStart] = [process.env.SPOOLNET_TEST_KILL_IN_START];
const trafficFile = process.env.SPOOLNET_TEST_TRAFFIC ?? "";
const recorder = new TrafficRecorder(dirname(trafficFile), (record) =>
  append(trafficFile, `${JSON.stringify(record)}\n`),
);
process.once("exit", () => recorder[Symbol.dispose]());
let random = seedOfStart === undefined ? undefined : new Random(Number(seedOfStart));

process.on("message", (seed) => {
  random ??= new Random(Number(seed));
});
process.once("disconnect", () => process.exit(1));

function step(when: "before" | "after", what: string): void {
  if (!random) return;
  const place = `${when} ${what}`;
  const times = killedAt.get(place)?.length ?? 0;
  if (!random.chance(chanceInNewPlace * lessAfterEach ** times)) return;
  append(placesFile, `${place}\n`);
  process.kill(process.pid, "SIGKILL");
}

/** The lines of the site's code that led here, the innermost first. */
function callers(): string {
  const frames = new Error().stack?.matchAll(/site-image\/([^\s)]+?\.ts:\d+)/g) ?? [];
  return [...frames]
    .map(([, line]) => line ?? "")
    .filter((line) => !helpers.test(line))
    .slice(0, 3)
    .join(" < ");
}

/** Has each of the methods be a step, where `isStep` says so. */
function watch(
  object: object,
  names: readonly string[],
  isStep: (self: unknown, ...values: readonly unknown[]) => boolean = () => true,
): void {
  const methods = object as Record<string, (...values: unknown[]) => unknown>;
  for (const name of names) {
    const method = methods[name];
    if (!method) throw new Error(`there is no ${name} to watch`);
    methods[name] = function (this: unknown, ...values: unknown[]) {
      if (!random || !isStep(this, ...values)) return method.apply(this, values);
      const what = `${name} ${callers()}`;
      step("before", what);
      const result = method.apply(this, values);
      if (!(result instanceof Promise)) step("after", what);
      else result.then(() => step("after", what)).catch(() => {}); // its caller is told
      return result;
    };
  }
}

function readLines(file: string): string[] {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n") : [];
}

watch(fs, ["renameSync", "unlinkSync", "linkSync", "truncateSync"]);
watch(fs, ["openSync"], (_self, _path, flags) => flags === "w");
watch(fs.promises, ["rename", "unlink", "link", "symlink", "mkdir", "rm", "writeFile"]);
watch(DatabaseSync.prototype, ["exec"], (_self, sql) => sql === "COMMIT");
watch(StatementSync.prototype, ["run"], (statement) => {
  return !(statement as StatementSync).sourceSQL.includes("status_message"); // many, and only for who reads
});
syncBuiltinESMExports();
