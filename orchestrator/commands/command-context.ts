/**
 * What a command is given by the process it runs in.
 */
import type { ExitCode } from "../failure.ts";

export type CommandContext = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Called once, with what the command ends with. */
  readonly end: (exitCode: ExitCode) => void;
};
