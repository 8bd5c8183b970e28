/**
 * `spoolnet load` as a user has it: real sites and senders, a result to read again, bounds that decide the exit code.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { loadResult } from "../../orchestrator/load/load-result.ts";
import { Spoolnet } from "../support/spoolnet-process.ts";
import { test } from "../support/temporary-folder.ts";

const small = ["--driver", "embedded", "--size", "64KiB", "--quiet"];

test("two sending sites load two receivers each; the result is compared, and a bound decides the exit code", async ({
  folder,
}) => {
  const before = join(folder, "before.json");
  const first = await new Spoolnet([
    ...["load", ...small, "--senders", "2", "--receivers", "2", "--count", "2"],
    ...["--priorities", "high:1,low:1", "--report", before],
  ]).ended();
  const result = loadResult.parse(JSON.parse(await readFile(before, "utf8")));

  expect([first.code, first.stderr]).toEqual([0, ""]);
  expect(result).toMatchObject({ packages: 4, lost: 0, failures: 0, driver: "embedded" });
  expect(result.transfers.count).toBe(8); // two packages of each sender, over each of its two ways
  expect(result.bytes).toBeGreaterThan(8 * 64 * 1024);
  expect(result.cpuSecondsPerGiB.senders).toBeNull(); // one process is all sites
  expect(first.stdout).toMatch(/^throughput, all together +[\d.]+ [KM]B\/s$/m);

  const html = join(folder, "now.html");
  const second = await new Spoolnet([
    ...["load", ...small, "--count", "1", "--baseline", before, "--report", html],
    ...["--fail-below", "100 GB/s"],
  ]).ended();
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/^failed: expected at least 93.1 GB\/s, measured /);
  expect(second.stdout).toMatch(/^throughput, all together +\S+ .B\/s +\S+ .B\/s +[+-][\d.]+ %$/m);
  const page = await readFile(html, "utf8");
  for (const id of ["link-utilisation", "queue-depth", "transfers"])
    expect(page).toContain(`<svg class="plot" id="${id}"`);
});

test("a limit is measured against what it should be", async () => {
  const { code, stdout } = await new Spoolnet([
    ...["load", ...small, "--count", "2", "--rate", "256 KiB/s", "--json"],
  ]).ended();
  const result = loadResult.loose().parse(JSON.parse(stdout));

  expect(code).toBe(0);
  expect(result.throttleErrorPercent?.worst).toBeLessThan(2); // a slow machine can only make it slower
});

test("what cannot be asked for is refused before anything starts", async ({ folder }) => {
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Spoolnet(["load", ...args]).ended();
    expect([code, stdout]).toEqual([2, ""]);
    return stderr;
  };
  expect(await refused("--size", "12")).toContain('--size: expected a size like 64 MiB, found "12"');
  expect(await refused("--count", "1", "--duration", "1m")).toContain("expected one of the two");
  expect(await refused("--fail-below", "90%")).toContain("give --baseline <file>");
  expect(await refused("--priorities", "urgent:1")).toContain("high, medium, low");
  expect(await refused("--baseline", join(folder, "none.json"))).toContain(
    "expected the result of spoolnet load",
  );
});
