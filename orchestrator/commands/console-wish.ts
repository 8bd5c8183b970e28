/**
 * Where a console is to be, as an option and the environment say.
 */
import type { ConsoleWish } from "../console/console.ts";
import { Failure } from "../failure.ts";
import type { CommandContext } from "./command-context.ts";

export const consolePortOption = [
  "--console-port <port>",
  "where the console is, on loopback (default: a port that is free)",
] as const;

/** Throws a Failure where the port is none. */
export function consoleWish(
  portText: string | undefined,
  { SPOOLNET_HOST: host, SPOOLNET_CONSOLE_URL: url }: CommandContext["environment"],
): ConsoleWish {
  const port = Number(portText ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Failure("usage", `--console-port: expected a port from 0 to 65535, found "${portText}"`);
  return { host: host || "127.0.0.1", port, url: url || undefined };
}
