/**
 * Status messages: kept at their site, in sum at the central site, on the SMS Provider, and in `spoolnet status`.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import type { JournalEvent } from "../../domain/journal.ts";
import { type StatusMessage, statusMessages } from "../../domain/status-messages.ts";
import { cmTraceLines } from "../support/cm-trace.ts";
import { Spoolnet } from "../support/spoolnet-process.ts";
import { test as base } from "../support/temporary-folder.ts";
import { allPoints, makeSource, TestHierarchy } from "../support/test-hierarchy.ts";

const test = base.extend("hierarchy", async ({ folder }, { onCleanup }) => {
  const hierarchy = await TestHierarchy.start(folder);
  onCleanup(() => hierarchy[Symbol.asyncDispose]());
  return hierarchy;
});

const sites = ["CEN", "CHI", "MKE"];

/** Something at MKE that nobody can read: an error of its Distribution Manager. */
async function breakSomething(hierarchy: TestHierarchy, name = "CEN00009"): Promise<void> {
  const inbox = "SMS/Inboxes/Distmgr.box/Incoming";
  await writeFile(join(hierarchy.root, "MKE", inbox, `${name}.PKG`), "no definition");
}

type Summary = { SiteCode: string; ComponentName: string; Errors: number; LastMessageID: number };

async function summaryAt(site: string, hierarchy: TestHierarchy): Promise<Summary | undefined> {
  const { body } = await hierarchy.ask(site, "GET", "wmi/SMS_ComponentSummarizer");
  return (body as { value: Summary[] }).value.find(
    ({ SiteCode, ComponentName }) => SiteCode === "MKE" && ComponentName === "SMS_DISTRIBUTION_MANAGER",
  );
}

/** `spoolnet` on the sites of the hierarchy. */
function ask(hierarchy: TestHierarchy, ...args: string[]) {
  const urls = sites.flatMap((site) => ["--site-url", `${site}=${hierarchy.site(site).url}`]);
  return new Spoolnet([...args, ...urls], { SPOOLNET_ADMINISTRATOR_TOKEN: "a-token-for-tests-only" }).ended();
}

test("an error at a grandchild is at its site in full, and in sum at the central site", async ({
  hierarchy,
}) => {
  await breakSomething(hierarchy);
  await hierarchy.until("CEN", async () => (await summaryAt("CEN", hierarchy)) !== undefined);

  expect(await summaryAt("CEN", hierarchy)).toMatchObject({ Errors: 1, Infos: 0, LastMessageID: 30000 });
  expect(await summaryAt("CHI", hierarchy)).toMatchObject({ Errors: 1 });
  const [message, ...others] = await hierarchy.site("MKE").statusMessages({ severity: "error" });
  expect(others).toEqual([]);
  expect(message).toMatchObject({
    id: 30000,
    component: "SMS_DISTRIBUTION_MANAGER",
    text: expect.stringContaining("CEN00009"),
  });
  expect(await hierarchy.site("CEN").statusMessages({ severity: "error" })).toEqual([]); // only in sum
});

test("a second error reaches the central site as a larger sum", async ({ hierarchy }) => {
  await breakSomething(hierarchy, "CEN00008");
  await hierarchy.until("CEN", async () => (await summaryAt("CEN", hierarchy))?.Errors === 1);
  await breakSomething(hierarchy, "CEN00009");
  await hierarchy.until("CEN", async () => (await summaryAt("CEN", hierarchy))?.Errors === 2);

  expect(await summaryAt("CEN", hierarchy)).toMatchObject({ Errors: 2, LastMessageID: 30000 });
});

test("who watches a site's events is told of a status message as it is raised", async ({ hierarchy }) => {
  const stop = new AbortController();
  let told: JournalEvent | undefined;
  let isBroken = false;
  for await (const event of hierarchy.site("MKE").follow(0, stop.signal)) {
    if (!isBroken) await breakSomething(hierarchy); // only now, as the stream is open
    isBroken = true;
    if (event.action !== "message") continue;
    told = event;
    stop.abort();
  }

  expect(told).toMatchObject({
    sequence: 0, // kept in the site database, not in the journal
    message: 30000,
    severity: "error",
    component: "SMS_DISTRIBUTION_MANAGER",
  });
});

test("a site tells the messages since a moment, after one already seen, and refuses what is no question", async ({
  folder,
  hierarchy,
}) => {
  const id = await hierarchy.addPackage(await makeSource(folder), allPoints);
  await hierarchy.arrived(id, 1);
  const site = hierarchy.site("CHI");
  const all = await site.statusMessages({});
  const middle = all[Math.floor(all.length / 2)];
  if (!middle) throw new Error("no message");
  const since = await site.statusMessages({ sinceMs: middle.emulatedMs });
  const get = async (query: string) => {
    const headers = { authorization: "Bearer a-token-for-tests-only" };
    const response = await fetch(`${site.url}/site/status-messages?${query}`, { headers });
    const body = (await response.json()) as { messages: StatusMessage[]; error: { message: string } };
    return { status: response.status, body };
  };

  expect(since).toEqual(all.filter(({ emulatedMs }) => emulatedMs >= middle.emulatedMs));
  const after = await get(`after=${middle.sequence}&limit=20000`);
  expect(after.body.messages[0]?.sequence).toBe(middle.sequence + 1);
  expect((await get("limit=1")).body.messages).toEqual([
    expect.objectContaining({ sequence: all.at(-1)?.sequence }),
  ]);
  const refused = await get("severity=loud");
  expect([refused.status, refused.body.error.message]).toEqual([400, expect.stringContaining("severity")]);
});

test("every status message of a run is of the table, with the severity and a component that it names", async ({
  folder,
  hierarchy,
}) => {
  const id = await hierarchy.addPackage(await makeSource(folder), allPoints);
  await hierarchy.arrived(id, 1);
  const found = (await Promise.all(sites.map((site) => hierarchy.site(site).statusMessages({})))).flat();

  expect(new Set(found.map(({ id }) => id))).toEqual(
    new Set([500, 2300, 2301, 2311, 2330, 2335, 2339, 2342, 2372, 4400]),
  );
  for (const message of found) {
    const [severity, words, components] = statusMessages[message.id as keyof typeof statusMessages];
    expect(message.severity).toBe(severity);
    expect(message.text.startsWith(words)).toBe(true);
    if (components.length > 0) expect(components).toContain(message.component);
  }
});

test("status --messages shows them by site, severity and time, in words and for programs", async ({
  hierarchy,
}) => {
  await breakSomething(hierarchy);
  await hierarchy.until("CEN", async () => (await summaryAt("CEN", hierarchy)) !== undefined);

  const words = await ask(hierarchy, "status", "--messages", "--severity", "error");
  expect(words.stdout.split("\n")).toEqual([
    expect.stringMatching(/^Time +Site +ID +Severity +Component +Message$/),
    expect.stringMatching(
      /^\w{3} 2003-11-\d\d \d\d:\d\d:\d\d +MKE +30000 +error +SMS_DISTRIBUTION_MANAGER +a file in an inbox/,
    ),
  ]);
  const json = await ask(hierarchy, "status", "--messages", "--site", "mke", "--json");
  const facts = json.stdout.split("\n").map((line) => JSON.parse(line));
  expect(facts).toContainEqual(expect.objectContaining({ type: "message", site: "MKE", id: 500 }));
  expect(facts.filter(({ id }) => id === 30000)).toHaveLength(1);
  const none = await ask(hierarchy, "status", "--messages", "--site", "CHI", "--severity", "error");
  expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining("no status messages") });
  const late = await ask(hierarchy, "status", "--messages", "--since", "2033-01-01 00:00");
  expect(late).toMatchObject({ code: 0, stdout: expect.stringContaining("no status messages") });
  for (const wrong of [
    ["--messages", "--since", "often"],
    ["--severity", "error"],
  ])
    expect((await ask(hierarchy, "status", ...wrong)).code, wrong.join(" ")).toBe(2);
});

test("the lines of one transfer carry its id at both sites, and a log is shown by id and level", async ({
  folder,
  hierarchy,
}) => {
  const id = await hierarchy.addPackage(await makeSource(folder), allPoints);
  await hierarchy.arrived(id, 1);
  await breakSomething(hierarchy);
  await hierarchy.event("MKE", ({ action }) => action === "quarantined");
  const sent = (await hierarchy.events("CEN")).find(
    ({ action, packages, peer }) => action === "completed" && packages?.includes(id) && peer === "CHI",
  );
  const request = sent?.request;
  const linesAbout = async (site: string, log: string) =>
    cmTraceLines(await hierarchy.file(site, `SMS/Logs/${log}.log`)).filter(
      ({ context }) => context === request,
    );

  expect(request).toBeDefined();
  for (const [site, log, words] of [
    ["CEN", "sender", "Sending completed"],
    ["CHI", "smssite", "Renamed"],
    ["CHI", "despool", "Signature checked out OK"],
  ] as const)
    expect(await linesAbout(site, log), log).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining(words) }),
    );
  const shown = await ask(hierarchy, "logs", "CHI", "despool", "--request", `${request}`, "--json");
  const facts = shown.stdout.split("\n").map((line) => JSON.parse(line));
  expect(facts).toHaveLength((await linesAbout("CHI", "despool")).length);
  expect(new Set(facts.map((fact) => fact.request))).toEqual(new Set([request]));
  const errors = await ask(hierarchy, "logs", "MKE", "distmgr", "--level", "error");
  expect(errors.stdout.split("\n")).toEqual([expect.stringContaining("ID=30000")]);
  const late = await ask(hierarchy, "logs", "MKE", "distmgr", "--since", "2033-01-01 00:00");
  expect(late).toMatchObject({ code: 0, stdout: "" });
});
