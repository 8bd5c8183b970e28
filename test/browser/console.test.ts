/**
 * The console as a visitor has it: the page at the address that a run prints, in a real browser, beside real sites.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { expect } from "vitest";

import { consoleTest, isBrowserThere } from "./console-run.ts";

/** At scale 60, what goes over the link in an emulated minute takes a second. */
const topology = `
name: watched
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
sites:
  CEN: { name: Headquarters, type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { name: Chicago, type: primary, parent: CEN, timeZone: America/Chicago, distributionPoints: [CHIDP] }
  MKE: { name: Milwaukee, type: secondary, parent: CHI, timeZone: America/Chicago, distributionPoints: [MKEDP] }
links:
  - { between: [CEN, CHI], bandwidth: 64 kbit/s, latency: 20 ms }
addresses:
  - { from: CHI, to: MKE, schedule: { daily 08-20: high only } }
packages:
  - { name: Maps, site: CEN, source: source, priority: high, distributionPoints: all }
`;

type Finding = { readonly id: string; readonly impact: string; readonly nodes: { readonly html: string }[] };

/** Takes about twenty emulated minutes over the link. */
const sourceBytes = 9_000_000;

const test = consoleTest(topology, sourceBytes);

test.runIf(isBrowserThere)(
  "a visitor cuts a link and sees the transfer wait and go on, advances the clock, and sees the package arrive everywhere",
  { timeout: 120_000 },
  async ({ visit: { page, complaints } }) => {
    await page.getByTestId("graph").getByText("Milwaukee").waitFor({ timeout: 60_000 });
    expect(page.url()).not.toContain("token");
    await page.evaluate("window.isStillTheSame = true");

    await page.goto(`${new URL(page.url()).origin}/#/link/CEN/CHI`);
    const transfer = page.getByTestId("transfer").first();
    await transfer.waitFor({ timeout: 60_000 });
    await page.getByRole("button", { name: "Cut" }).click();
    await page.getByRole("dialog").getByText("Both directions of the link between CEN and CHI").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Cut the link" }).click();
    await page.getByTestId("usage-CEN-CHI").getByText("cut").waitFor();
    await page.getByText("Nothing is being sent.").first().waitFor({ timeout: 60_000 });
    await page.getByRole("button", { name: "Restore" }).click();
    await page.getByRole("button", { name: "Restore the link" }).click();
    await page.getByTestId("usage-CEN-CHI").getByText("open").waitFor();

    await page.getByLabel("Advance to", { exact: true }).fill("+3h");
    const clock = page.locator("time.large");
    const before = (await clock.textContent())?.slice(0, 7) ?? "";
    await page.getByRole("button", { name: "Advance", exact: true }).click();
    await page.getByRole("button", { name: "Advance to +3h" }).click();
    await clock.filter({ hasNotText: before }).waitFor();
    await transfer.waitFor({ timeout: 60_000 }); // its retry is due by now

    await page.goto(`${new URL(page.url()).origin}/#/`);
    await page.getByText("3 of 3 distribution points").waitFor({ timeout: 90_000 });
    await page.getByText("Maps").first().click();
    await page.getByText("What it waits for").waitFor();
    await page.getByText("CEN -> CHI").first().waitFor();
    expect(await page.evaluate("window.isStillTheSame")).toBe(true); // never loaded again
    expect(complaints).toEqual([]);
  },
);

test.runIf(isBrowserThere)(
  "a visitor adds a package through the form, and every page is usable by all, in dark and in light",
  { timeout: 120_000 },
  async ({ visit: { page, complaints }, run: { folder } }) => {
    await page.getByTestId("graph").getByRole("link", { name: "CHI", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Inboxes" }).waitFor(); // of the site's page
    await page.getByRole("link", { name: "Add a package" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Manual");
    await page.getByLabel("Source folder").fill(join(folder, "small"));
    await page.getByLabel("Distribution points").fill("HQDP");
    await page.getByRole("button", { name: "Add the package" }).click();
    await page.getByRole("button", { name: "Add Manual" }).click();
    await page.getByRole("link", { name: "Hierarchy" }).click();
    await page.getByText("Manual").first().waitFor();
    await page.getByText("1 of 1 distribution points").waitFor({ timeout: 60_000 });

    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    for (const theme of ["light", "dark"]) {
      await page.getByLabel("Colours").selectOption(theme);
      for (const view of ["", "sites", "add", "scenario", "package/CEN00001", "site/CHI", "link/CEN/CHI"]) {
        await page.goto(`${new URL(page.url()).origin}/#/${view}`);
        await page.locator("main h2").first().waitFor();
        await page.evaluate(axe);
        const found: Finding[] = await page.evaluate(
          'axe.run(document, { runOnly: ["wcag2a", "wcag2aa"] }).then(({ violations }) => violations)',
        );
        const serious = found
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        expect(serious, `${view} in ${theme}`).toEqual([]);
      }
    }
    expect(complaints).toEqual([]);
  },
);
