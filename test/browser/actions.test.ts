/**
 * What a visitor of the console can do by hand, in a real browser, to sites that are processes of their own.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

import { siteCode } from "../../domain/identifiers.ts";
import { SiteClient } from "../../orchestrator/site-client.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { visit } from "./browser.ts";
import { type ConsoleRun, consoleTest, isBrowserThere } from "./console-run.ts";
import { CuttableWay } from "./cuttable-way.ts";

/** To Milwaukee it is closed for half a day, which is ten minutes here: what goes there waits as long as the tests last. */
const topology = `
name: acted-on
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
sites:
  CEN: { name: Headquarters, type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { name: Chicago, type: primary, parent: CEN, timeZone: America/Chicago, distributionPoints: [CHIDP] }
  MKE: { name: Milwaukee, type: secondary, parent: CHI, timeZone: America/Chicago, distributionPoints: [MKEDP] }
addresses:
  - { from: CHI, to: MKE, schedule: { daily 00-03: closed, daily 04-24: closed } }
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
`;

const test = consoleTest(topology, 20_000, "--driver", "processes").runIf(isBrowserThere);
const timeout = 60_000;

async function goTo(page: Page, view: string): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/#/${view}`);
}

/** Clicks, and says yes to what it will touch. */
async function act(page: Page, button: Locator, title: string): Promise<void> {
  await button.click();
  await page.getByRole("dialog").getByRole("button", { name: title }).click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
}

test("a link is slowed, and cut by a scenario", { timeout }, async ({ visit: { page, complaints } }) => {
  await goTo(page, "link/CEN/CHI");
  await page.getByLabel("Bandwidth").fill("32 kbit/s");
  await act(page, page.getByRole("button", { name: "Slow" }), "Slow it to 32 kbit/s");
  await page.getByRole("heading", { name: "CEN to CHI 32 kbit/s" }).waitFor();

  await goTo(page, "scenario");
  await page.getByLabel("Steps").fill("- { at: +1s, cut: [CEN, CHI] }");
  await act(page, page.getByRole("button", { name: "Run it" }), "Run the scenario");
  await goTo(page, "link/CEN/CHI");
  await page.getByTestId("usage-CEN-CHI").getByText("cut").waitFor();
  await act(page, page.getByRole("button", { name: "Restore" }), "Restore the link");
  await page.getByTestId("usage-CEN-CHI").getByText("open").waitFor();
  expect(complaints).toEqual([]);
});

test("a mistake in a scenario is told with its place, and nothing is played", { timeout }, async ({
  visit,
}) => {
  const { page } = visit;
  await goTo(page, "scenario");
  await page.getByLabel("Steps").fill("- { at: +1s, cut: [CEN, XYZ] }");
  await page.getByRole("button", { name: "Run it" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Run the scenario" }).click();
  await page
    .getByRole("status")
    .getByText(/line 1, column \d+: .*XYZ/)
    .waitFor();
});

test("a site is killed and started, and stands still for a while", { timeout }, async ({
  visit: { page },
}) => {
  const button = (name: string) => page.getByRole("article").getByRole("button", { name, exact: true });
  await goTo(page, "site/MKE");
  await act(page, button("Kill"), "Kill MKE");
  await button("Start").waitFor();
  await goTo(page, "sites");
  await page.getByRole("row", { name: "MKE" }).getByText("does not answer").waitFor();
  await goTo(page, "site/MKE");
  const trouble = page.getByRole("region", { name: "Log" }).getByText("The log cannot be read");
  await trouble.waitFor();
  await act(page, button("Start"), "Start MKE");
  await trouble.waitFor({ state: "detached" });
  await act(page, button("Pause"), "Pause MKE");
  await act(page, button("Go on"), "Go on MKE");
  await act(page, button("Stop"), "Stop MKE");
  await act(page, button("Start"), "Start MKE");
  await button("Kill").waitFor();
});

test("what waits to be sent is held, released and cancelled", { timeout }, async ({ visit: { page } }) => {
  await goTo(page, "site/CHI");
  const waiting = page
    .getByRole("row")
    .filter({ has: page.getByRole("button", { name: "Cancel" }) })
    .first();
  const id = (await waiting.getByRole("cell").first().textContent()) ?? "";
  const row = page.getByRole("row", { name: id });
  await act(page, row.getByRole("button", { name: "Hold" }), `Hold ${id}`);
  await act(page, row.getByRole("button", { name: "Release" }), `Release ${id}`);
  await row.getByRole("button", { name: "Hold" }).waitFor();
  await act(page, row.getByRole("button", { name: "Cancel" }), `Cancel ${id}`);
  await row.waitFor({ state: "detached" });
});

test("the week of an address is painted with the mouse, and the site goes by it", { timeout }, async ({
  visit: { page },
  run,
}) => {
  await goTo(page, "site/CHI");
  const week = page.getByRole("region", { name: "Week of the address to MKE" });
  await week.getByLabel("Paint").selectOption("high only");
  await week.getByLabel(/^Mon 10:00/).hover();
  await page.mouse.down();
  for (const hour of ["11", "12", "13"]) await week.getByLabel(new RegExp(`^Mon ${hour}:00`)).hover();
  await page.mouse.up();
  await act(page, week.getByRole("button", { name: "Apply" }), "Change the schedule");
  await week.getByRole("button", { name: "Apply" }).waitFor({ state: "detached" });
  await week.getByLabel("Mon 12:00 high only").waitFor();

  const monday = (await usagesOf(run, "CHI", "MKE")).slice(24, 48);
  expect(monday.slice(9, 15)).toEqual([
    "closed",
    "high only",
    "high only",
    "high only",
    "high only",
    "closed",
  ]);
});

test("status messages are shown, and of a severity alone", { timeout }, async ({ visit: { page } }) => {
  await goTo(page, "site/CEN");
  const messages = page.getByRole("region", { name: "Status messages" });
  await messages
    .getByRole("row", { name: /informational 2301 .* SMS_DISTRIBUTION_MANAGER/ })
    .first()
    .waitFor();
  await messages.getByLabel("Severity").selectOption("error");
  await messages.getByText("None is an error.").waitFor();
});

test("a log is followed as it grows, filtered by words and by level", { timeout }, async ({ visit, run }) => {
  const { page } = visit;
  await goTo(page, "site/CEN");
  const log = page.getByRole("region", { name: "Log" });
  const lines = log.getByRole("listitem");
  await log.getByLabel("Component").selectOption("distmgr");
  await log.getByLabel("Filter").fill("cen00001");
  await lines.first().waitFor();
  for (const text of await lines.allTextContents()) expect(text).toContain("CEN00001");
  await actBeside(run, { do: "refresh", package: "CEN00001" });
  await lines.filter({ hasText: "version 2" }).first().waitFor();
  await log.getByLabel("Level").selectOption("Errors");
  await log.getByText("No line is so.").waitFor();
});

/** By somebody else than the visitor. */
async function actBeside({ url, token }: ConsoleRun, action: object): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${url}/api/actions`, { method: "POST", headers, body: JSON.stringify(action) });
  expect(answer.status).toBe(200);
}

/** As the site itself has them. */
async function usagesOf({ folder }: ConsoleRun, from: string, to: string): Promise<string[]> {
  const { sites, token } = JSON.parse(await readFile(join(folder, "root", "hierarchy.json"), "utf8"));
  const { url } = sites.find(({ code }: { code: string }) => code === from);
  const options = { code: siteCode.parse(from), url, administratorToken: token, wallClock: systemWallClock };
  await using site = new SiteClient(options);
  const { neighbours } = await site.describe();
  const [address] = neighbours.find(({ code }) => code === to)?.addresses ?? [];
  return address?.schedule.map(({ usage }) => usage) ?? [];
}

test("who loses the connection is told, goes on by itself, and has missed nothing", { timeout }, async ({
  browser,
  run,
}) => {
  await using way = await CuttableWay.to(run.url);
  const { page } = await visit(browser, `${way.url}/#token=${run.token}`);
  await using _closed = { [Symbol.asyncDispose]: () => page.close() };
  const news = page.getByRole("region", { name: "What happens" });
  await news.getByRole("listitem").first().waitFor();
  const before = await news.getByRole("listitem").count();

  way.cut();
  await page.getByRole("alert").getByText("The connection is lost").waitFor();
  await actBeside(run, { do: "slow", between: ["CHI", "MKE"], bandwidth: "48 kbit/s" });
  await actBeside(run, { do: "restore", between: ["CHI", "MKE"] });
  way.restore();
  await page.getByRole("alert").waitFor({ state: "detached" });
  for (const words of [
    "slow the link between CHI and MKE to 48 kbit/s",
    "restore the link between CHI and MKE",
  ])
    await news.getByText(words).waitFor();
  expect(await news.getByRole("listitem").count()).toBeGreaterThanOrEqual(before);
  expect(way.sent).toContain("event: changes"); // what it had missed, and not everything again
  expect(way.sent).not.toContain("event: snapshot");
});
