/**
 * Expectations of several kinds and the reports of a run, as a user has them: a real process, real sites, files.
 */
import { execFile } from "node:child_process";
import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { XMLParser } from "fast-xml-parser";
import { expect } from "vitest";

import { test as base } from "../support/temporary-folder.ts";

const cli = fileURLToPath(new URL("../../orchestrator/cli.ts", import.meta.url));

const topology = `
name: two-sites
clock: { start: "2003-11-07T17:30:00-05:00", scale: 600 }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  MKE: { type: secondary, parent: CEN, timeZone: America/Chicago, distributionPoints: [MKEDP] }
links:
  - { between: [CEN, MKE], bandwidth: 64 kbit/s }
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
expect:
  - { package: Maps, by: +12h }
  - { link: [CEN, MKE], bytes: at most 1 KB }
  - { link: [CEN, MKE], busy: at most 90% }
  - { from: CEN, to: MKE, nothingSent: Sat-Sun, priority: high }
  - { nothing: lost }
`;
const states = {
  "Maps on 2 distribution points by +12h 00m": "held",
  "CEN -> MKE: at most 1 KB": "failed",
  "CEN -> MKE: at most 90% busy": "held",
  "CEN -> MKE: nothing of high priority sent, Sat-Sun": "held",
  "nothing lost": "held",
};

const test = base
  .extend("file", async ({ folder }) => {
    await mkdir(join(folder, "source"));
    // Random enough that it stays more than 1 KB.
    const lines = Array.from({ length: 4000 }, (_, index) => Math.sin(index).toString(36));
    await writeFile(join(folder, "source", "map.txt"), lines.join("\n"));
    await writeFile(join(folder, "two.yaml"), topology);
    return join(folder, "two.yaml");
  })
  .extend("root", ({ folder }) => join(folder, "root"));

function spoolnet(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

type Told = { readonly text: string; readonly state: string; readonly measured: number };

test("one bound that is not kept fails the run and only its own test case, and is told in every report", async ({
  folder,
  file,
  root,
}) => {
  const reports = ["html", "json", "txt", "xml"].map((format) => join(folder, "out", `report.${format}`));
  const { code, stdout, stderr } = await spoolnet(
    ...["run", file, "--exit", "--quiet", "--root", root],
    ...reports.flatMap((report) => ["--report", report]),
  );
  const [html = "", json = "{}", text, xml = ""] = await Promise.all(
    reports.map((report) => readFile(report, "utf8")),
  );

  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout).toMatch(/^failed: CEN -> MKE: at most 1 KB: [\d.]+ KB; more than 1 KB since Fri /m);
  expect(stdout).toMatch(/^held: nothing lost$/m);
  const data = JSON.parse(json);
  const told: Told[] = data.expectations;
  expect(Object.fromEntries(told.map(({ text, state }) => [text, state]))).toEqual(states);
  const { testcase } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "" }).parse(xml)
    .testsuites.testsuite;
  expect(testcase.map(({ name, failure }: { name: string; failure?: unknown }) => [name, !failure])).toEqual(
    Object.entries(states).map(([name, state]) => [name, state === "held"]),
  );
  for (const id of ["arrival-curve", "link-utilisation", "queue-depth", "transfers"])
    expect(html).toContain(`<svg class="plot" id="${id}"`);
  expect(html).not.toMatch(/\b(?:src|href)\s*=|https?:|@import|<script/i);
  expect(text).toContain("failed  CEN -> MKE: at most 1 KB: ");

  const after = await spoolnet("report", "--root", root, file, "--report", join(folder, "after.json"));
  const again = JSON.parse(await readFile(join(folder, "after.json"), "utf8"));

  expect(after).toMatchObject({ code: 1, stderr: "" });
  const numbers = ({ text, state, measured }: Told) =>
    text.includes("busy") ? { text, state } : { text, state, measured };
  expect(again.expectations.map(numbers)).toEqual(told.map(numbers));
  expect(again.arrivals).toEqual(data.arrivals);
  expect(again.links.map(({ bytes }: { bytes: number }) => bytes)).toEqual(
    data.links.map(({ bytes }: { bytes: number }) => bytes),
  );
});

test("a report with a name that says no format is refused before anything starts", async ({ file, root }) => {
  const { code, stdout, stderr } = await spoolnet("run", file, "--root", root, "--report", "report.pdf");

  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(
    '--report: expected a file that ends in .html, .json, .txt, .xml, found "report.pdf"',
  );
});

test("a report afterwards needs nothing but the folder of the run, and tells what its scenario did, over several runs", async ({
  folder,
  file,
  root,
}) => {
  const scenario = `
scenario:
  - { at: +0s, cut: [CEN, MKE], for: 10m }
`;
  await writeFile(file, topology.replace("bytes: at most 1 KB", "bytes: at most 1 MB") + scenario);
  const report = async (name: string, ...args: string[]) => {
    const { code, stderr } = await spoolnet(...args, "--root", root, "--report", join(folder, name));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(await readFile(join(folder, name), "utf8"));
  };
  const live = await report("live.json", "run", file, "--exit", "--quiet");
  // As a run leaves it that is killed while it writes, with a link cut.
  const [first] = (await readFile(join(root, "scenario.jsonl"), "utf8")).trim().split("\n");
  await appendFile(join(root, "scenario.jsonl"), `${first}\n{"emulatedMs":1`);
  const again = await report("again.json", "run", file, "--exit", "--quiet");
  await Promise.all([rm(file), rm(join(folder, "source"), { recursive: true })]);
  const after = await report("after.json", "report");

  const texts = live.happened.map(({ text }: { text: string }) => text);
  expect(texts).toEqual([
    "cut the link between CEN and MKE for 10m 00s",
    "the link between CEN and MKE is up again",
  ]);
  expect(again.happened.map(({ text }: { text: string }) => text)).toEqual([
    ...texts,
    texts[0],
    "a run begins, with all links whole",
  ]);
  expect(after.happened).toEqual(again.happened);
  expect(after.links.map(({ outages }: { outages: unknown }) => outages)).toEqual(
    again.links.map(({ outages }: { outages: unknown }) => outages),
  );
  expect(after.arrivals).toEqual(live.arrivals);
});

test("a report of another hierarchy's folder is refused with what to give", async ({
  folder,
  file,
  root,
}) => {
  await spoolnet("run", file, "--exit", "--quiet", "--root", root);
  await writeFile(join(folder, "other.yaml"), topology.replace("name: two-sites", "name: other"));
  const { code, stderr } = await spoolnet("report", "--root", root, join(folder, "other.yaml"));

  expect(code).toBe(2);
  expect(stderr).toContain("expected a run of other");
  expect(stderr).toContain("found one of two-sites: give its topology file");
});
