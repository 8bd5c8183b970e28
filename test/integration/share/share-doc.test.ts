/**
 * docs/share.md says what the share says.
 */
import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { refusals, shareRefusals } from "../../../site-image/http/refusal.ts";

async function documented(): Promise<Map<string, readonly [number, string]>> {
  const text = await readFile(new URL("../../../docs/share.md", import.meta.url), "utf8");
  const rows = text.matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \| (.+) \|$/gm);
  const plain = (words = "") => words.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  return new Map(rows.map(([, code = "", status, words]) => [code, [Number(status), plain(words)] as const]));
}

test("every refusal of the share is in its document, with its status and its words", async () => {
  expect(Object.fromEntries(await documented())).toMatchObject(shareRefusals);
});

test("no refusal is in the document that the site does not know", async () => {
  expect(refusals).toMatchObject(Object.fromEntries(await documented()));
});
