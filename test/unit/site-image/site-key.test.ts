import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { SiteKey } from "../../../site-image/security/site-key.ts";
import { test } from "../../support/temporary-folder.ts";

test("a copy of the key that a crash left while it was made does not stay", async ({ folder }) => {
  const { publicKey } = SiteKey.open(join(folder, "site.key"));
  await writeFile(join(folder, "site.key.tmp"), "a copy of the key");
  expect(SiteKey.open(join(folder, "site.key")).publicKey).toBe(publicKey);
  expect(await readdir(folder)).toEqual(["site.key"]);
});
