/**
 * The token that an orchestrator shows to sites. A token file is made by the sites that share it; here it is only read.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";

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
  let token: string;
  try {
    token = await readFile(file, "utf8");
  } catch (cause) {
    const hint = systemCodeOf(cause) === "ENOENT" ? ": a site that is given the file makes it" : "";
    throw new Failure("environment", `cannot read the administrator's token from ${file}${hint}`, { cause });
  }
  return token.trim();
}
