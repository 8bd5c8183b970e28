import { execFile } from "node:child_process";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect } from "vitest";

import { administratorTokenFrom } from "../../../site-image/security/administrator-token.ts";
import { test } from "../../support/temporary-folder.ts";

const execute = promisify(execFile);
const asks = `
  import { administratorTokenFrom } from "${new URL("../../../site-image/security/administrator-token.ts", import.meta.url)}";
  process.stdout.write(administratorTokenFrom(process.env));
`;

test("sites that ask for the token of a missing file at once get the same", async ({ folder }) => {
  const file = join(folder, "shared", "token");
  const env = { ...process.env, SPOOLNET_ADMINISTRATOR_TOKEN_FILE: file };
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => execute(process.execPath, ["--input-type=module", "-e", asks], { env })),
  );
  const tokens = answers.map(({ stdout }) => stdout);

  expect(new Set(tokens).size).toBe(1);
  expect(tokens[0]).toHaveLength(43);
  expect(await readdir(join(folder, "shared"))).toEqual(["token"]);
  expect((await stat(file)).mode & 0o007, "others cannot read it").toBe(0);
});

test("a token that is there is read, without the newline", async ({ folder }) => {
  await writeFile(join(folder, "token"), "0123456789abcdef\n");

  expect(administratorTokenFrom({ SPOOLNET_ADMINISTRATOR_TOKEN_FILE: join(folder, "token") })).toBe(
    "0123456789abcdef",
  );
});
