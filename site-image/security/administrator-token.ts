/**
 * The administrator's token of a site in a container: given in the environment, or in a file that the containers of
 * a hierarchy share. The first site to come makes the file, whole and at once, and all others read it.
 */
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { isMissing } from "../inboxes/whole-file.ts";

/** Undefined where neither is set. Throws when the file can be neither read nor made. */
export function administratorTokenFrom(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const file = environment.SPOOLNET_ADMINISTRATOR_TOKEN_FILE;
  return environment.SPOOLNET_ADMINISTRATOR_TOKEN || (file ? tokenInFile(file) : undefined);
}

function tokenInFile(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (!isMissing(error))
      throw new Error(`cannot read the administrator's token from ${file}`, { cause: error });
  }
  const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, `${randomBytes(32).toString("base64url")}\n`, { flush: true, mode: 0o640 });
    linkSync(temporary, file); // refused where the name is taken, so of two sites one wins and both read the same
  } catch (cause) {
    const isTaken = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    if (!isTaken) throw new Error(`cannot make the administrator's token in ${file}`, { cause });
  } finally {
    rmSync(temporary, { force: true });
  }
  return readFileSync(file, "utf8").trim();
}
