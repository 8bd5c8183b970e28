/**
 * What a site's process writes to its standard output: its logs once more, as JSON, one object a line.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { expect } from "vitest";

import { cmTraceLines } from "../support/cm-trace.ts";
import { test } from "../support/temporary-folder.ts";

const main = fileURLToPath(new URL("../../site-image/main.ts", import.meta.url));

test("every line of a site's output is JSON, and says what its logs say", async ({ folder }) => {
  const clock = [{ realMs: Date.now(), emulatedMs: Date.parse("2003-11-07T22:30:00Z"), scale: 60 }];
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      SPOOLNET_SITE_CODE: "CEN",
      SPOOLNET_ROOT: folder,
      SPOOLNET_PORT: "0",
      SPOOLNET_ADMINISTRATOR_TOKEN: "a-token-for-tests-only",
      SPOOLNET_CLOCK: JSON.stringify(clock),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: Record<string, unknown>[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const record = JSON.parse(line);
    said.push(record);
    if (String(record.text).includes("is at http://")) child.kill("SIGTERM");
  }
  if (child.exitCode === null) await once(child, "exit");

  expect(child.exitCode).toBe(0);
  const names = await readdir(join(folder, "SMS/Logs"));
  let lines = 0;
  for (const name of names) {
    const logged = cmTraceLines(await readFile(join(folder, "SMS/Logs", name), "utf8"));
    lines += logged.length;
    const told = said.filter(({ log }) => `${log}.log` === name);
    expect(told.map(({ component, text }) => [component, text])).toEqual(
      logged.map(({ component, text }) => [component, text]),
    );
  }
  expect(lines).toBe(said.length);
  expect(said[0]).toMatchObject({
    site: "CEN",
    level: "info",
    emulatedTime: expect.stringMatching(/^2003-11-07T22:/),
  });
});
