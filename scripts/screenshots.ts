/**
 * Makes docs/images/console-*.png: what the console shows of a real run of topologies/night-window.yaml, in light and in
 * dark. Needs Chromium.
 *
 *   npm run screenshots
 */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Locator, Page } from "playwright-core";

import { startBrowser } from "../test/browser/browser.ts";
import { Spoolnet } from "../test/support/spoolnet-process.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const images = join(project, "docs/images");
const size = { width: 1280, height: 800 };
/** A page that waits for longer has not come to what is to be seen. */
const patienceMs = 60_000;

await mkdir(images, { recursive: true });
const run = new Spoolnet(["run", join(project, "topologies/night-window.yaml"), "--json"]);
try {
  const { address, url, token } = JSON.parse(await run.says('"type":"console"'));
  const act = async (action: object) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(`${url}/api/actions`, {
      method: "POST",
      headers,
      body: JSON.stringify(action),
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  const browser = await startBrowser();
  await using _browser = { [Symbol.asyncDispose]: () => browser.close() };
  const page = await browser.newPage({ viewport: size, deviceScaleFactor: 1.25 });
  page.setDefaultTimeout(patienceMs);
  await page.goto(address);

  // The night begins: Boston's window is open, Chicago's link fails as its own opens, the others are closed yet.
  await run.says("compressed CEN00001");
  await act({ do: "advance", to: "Thu 21:50" });
  await page.getByText("retry 2 of 2").first().waitFor();
  await act({ do: "scale", scale: 60 });
  await pictures(page, "hierarchy", "", () => page.getByText("CEN00001 ").first().waitFor());
  await pictures(page, "site", "site/CEN", async () => {
    await page.getByRole("heading", { name: "Status messages" }).waitFor();
  });
  const ways = page.getByRole("region", { name: "Addresses" });
  await ways.locator("summary").first().click();
  await pictures(page, "week", "site/CEN", () => ways.locator("canvas").waitFor(), ways);

  // Some have it, others not yet.
  await act({ do: "scale", scale: 600 });
  await page.goto(`${url}/#/package/CEN00001`);
  await page.locator("tbody .good").nth(1).waitFor();
  await act({ do: "scale", scale: 60 });
  await pictures(page, "package", "package/CEN00001", () =>
    page.getByRole("heading", { name: "Its story" }).waitFor(),
  );
} finally {
  run.child.kill("SIGTERM");
  await run.ended();
}

/** Of one view, or of a part of it, as it is once it shows what it should. */
async function pictures(
  page: Page,
  name: string,
  view: string,
  isShown: () => Promise<unknown>,
  part: Page | Locator = page,
): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/#/${view}`);
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await isShown();
    const path = join(images, `console-${name}-${theme}.png`);
    await part.screenshot({ path });
    console.log(`${path.slice(project.length)}: ${Math.round((await stat(path)).size / 1000)} kB`);
  }
}
