import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { tokenFrom } from "../../../orchestrator/administrator-token.ts";
import { test } from "./folder-fixture.ts";

test("the token in a file is read without the newline", async ({ folder }) => {
  await writeFile(join(folder, "token"), "0123456789abcdef\n");

  expect(await tokenFrom({ SPOOLNET_ADMINISTRATOR_TOKEN_FILE: join(folder, "token") })).toBe(
    "0123456789abcdef",
  );
});

test("a missing file is not made here: it is the sites' to make", async ({ folder }) => {
  const file = join(folder, "token");

  await expect(tokenFrom({ SPOOLNET_ADMINISTRATOR_TOKEN_FILE: file })).rejects.toThrow(
    `cannot read the administrator's token from ${file}: a site that is given the file makes it`,
  );
  expect(await readdir(folder)).toEqual([]);
});

test("the token itself comes before the file", async () => {
  const both = {
    SPOOLNET_ADMINISTRATOR_TOKEN: "fedcba9876543210",
    SPOOLNET_ADMINISTRATOR_TOKEN_FILE: "none",
  };

  expect(await tokenFrom(both)).toBe("fedcba9876543210");
});

test("no setting is no token", async () => {
  expect(await tokenFrom({})).toBeUndefined();
});
