import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { tokenFrom } from "../../../orchestrator/administrator-token.ts";
import { test } from "./folder-fixture.ts";

test("all who ask for the token of a missing file at once get the same", async ({ folder }) => {
  const file = join(folder, "shared", "token");
  const tokens = await Promise.all(
    Array.from({ length: 20 }, () => tokenFrom({ SPOOLNET_ADMINISTRATOR_TOKEN_FILE: file })),
  );

  expect(new Set(tokens).size).toBe(1);
  expect(tokens[0]).toHaveLength(43);
  expect(await readdir(join(folder, "shared"))).toEqual(["token"]);
  expect((await stat(file)).mode & 0o777).toBe(0o640);
});

test("a token that is there is read, without the newline", async ({ folder }) => {
  await writeFile(join(folder, "token"), "0123456789abcdef\n");

  expect(await tokenFrom({ SPOOLNET_ADMINISTRATOR_TOKEN_FILE: join(folder, "token") })).toBe(
    "0123456789abcdef",
  );
});

test("no setting is no token", async () => {
  expect(await tokenFrom({})).toBeUndefined();
});
