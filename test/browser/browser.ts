/**
 * The system's own Chromium, driven for a test. What the page says on its console is kept, since a test fails of it.
 */
import { existsSync } from "node:fs";

import { type Browser, chromium, type Page } from "playwright-core";

/** Undefined where there is none. */
export const chromiumPath = [
  process.env.SPOOLNET_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path && existsSync(path));

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: chromiumPath ?? "", headless: true, args: quiet });
}

export type Visit = { readonly page: Page; readonly complaints: readonly string[] };

export async function visit(browser: Browser, address: string): Promise<Visit> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 860 } });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(address);
  await page.waitForURL(({ hash }) => !hash.includes("token")); // it has become a cookie
  return { page, complaints };
}
