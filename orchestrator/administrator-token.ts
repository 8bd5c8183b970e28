/**
 * The token that an orchestrator shows to sites. A token file is shared by containers that start at the same
 * moment: whoever comes first makes it, whole and at once, and all others read it.
 */
import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { Failure, systemCodeOf } from "./failure.ts";

export function freshToken(): string {
  return randomBytes(32).toString("base64url");
}

/** From SPOOLNET_ADMINISTRATOR_TOKEN, or the file that SPOOLNET_ADMINISTRATOR_TOKEN_FILE names. */
export async function tokenFrom(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const token = environment.SPOOLNET_ADMINISTRATOR_TOKEN?.trim();
  if (token) return token;
  const file = environment.SPOOLNET_ADMINISTRATOR_TOKEN_FILE;
  return file ? await tokenInFile(file) : undefined;
}

async function tokenInFile(file: string): Promise<string> {
  try {
    const kept = await readFile(file, "utf8").catch((error: unknown) => {
      if (systemCodeOf(error) === "ENOENT") return undefined;
      throw error;
    });
    if (kept !== undefined) return kept.trim();
    await mkdir(dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
    await writeFile(temporary, `${freshToken()}\n`, { flush: true, mode: 0o640 });
    await chmod(temporary, 0o640); // whatever the umask is: the sites' group reads it
    // A link is refused where the name is taken, so of two containers one wins and both read the same token.
    await link(temporary, file).catch((error: unknown) => {
      if (systemCodeOf(error) !== "EEXIST") throw error;
    });
    await rm(temporary);
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    throw new Failure("environment", `cannot read or make the administrator's token in ${file}`, { cause });
  }
}
