/**
 * The table of status messages, and that docs/operations.md says the same.
 */
import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { statusMessages } from "../../../domain/status-messages.ts";

test("numbers of ours are in a block of their own, above those of the field", () => {
  for (const [id, [, , , mark]] of Object.entries(statusMessages))
    expect(mark === "ours", id).toBe(Number(id) >= 30_000);
});

test("docs/operations.md lists every status message with severity, component, words and source", async () => {
  const text = await readFile(new URL("../../../docs/operations.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| (\d+) \| (.+) \| (.+) \| (.+) \| (.+) \|$/gm)].map((row) =>
    row.slice(1),
  );

  expect(rows).toEqual(
    Object.entries(statusMessages).map(([id, [severity, words, components, mark]]) => [
      id,
      severity,
      components.join(", ") || "any",
      words,
      mark,
    ]),
  );
});
