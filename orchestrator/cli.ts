/**
 * The `spoolnet` command: the only place that reads the environment, writes to the terminal's streams and ends the
 * process. A user's mistake is one message and an exit code; SPOOLNET_DEBUG=1 adds where it was thrown.
 */
import { readFileSync } from "node:fs";
import { format } from "node:util";

import { Command, CommanderError } from "commander";

import { checkCommand } from "./commands/check.ts";
import { clockCommand } from "./commands/clock.ts";
import type { CommandContext } from "./commands/command-context.ts";
import { completionCommand } from "./commands/completion.ts";
import { consoleCommand } from "./commands/console.ts";
import { downCommand } from "./commands/down.ts";
import { graphCommand } from "./commands/graph.ts";
import { initCommand } from "./commands/init.ts";
import { linkCommand } from "./commands/link.ts";
import { loadCommand } from "./commands/load.ts";
import { logsCommand } from "./commands/logs.ts";
import { packageCommand } from "./commands/package.ts";
import { renderCommand } from "./commands/render.ts";
import { reportCommand } from "./commands/report.ts";
import { requestCommand } from "./commands/request.ts";
import { runCommand } from "./commands/run.ts";
import { schemaCommand } from "./commands/schema.ts";
import { siteCommand } from "./commands/site.ts";
import { statusCommand } from "./commands/status.ts";
import { tokenCommand } from "./commands/token.ts";
import { traceCommand } from "./commands/trace.ts";
import { upCommand } from "./commands/up.ts";
import { validateCommand } from "./commands/validate.ts";
import { type ExitCode, exitCodes, Failure, systemCodeOf, wordsOf } from "./failure.ts";

const { env, stdout, stderr } = process;
let exitCode: ExitCode = exitCodes.held;
const context: CommandContext = {
  environment: env,
  stdout,
  stderr,
  end: (code) => {
    exitCode = code;
  },
};

// Whoever read our output has gone, as in `spoolnet trace ... | head`: there is nobody left to tell.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  if (process.listenerCount("SIGTERM") === 0) process.exit(exitCodes.held);
  process.kill(process.pid, "SIGTERM"); // what runs is stopped in good order
});

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const program = new Command("spoolnet")
  .description("emulates how SMS 2003 carries software packages through a hierarchy of sites")
  .version(version)
  .helpCommand(true)
  .showHelpAfterError("(spoolnet --help, or spoolnet <command> --help, says what can be given)")
  .addHelpText(
    "after",
    "\nExample:\n  spoolnet run --exit --root ./night && spoolnet trace CEN00001 --root ./night\n",
  );
for (const [command, isDefault] of [
  [runCommand(context), true],
  [upCommand(context), false],
  [downCommand(context), false],
  [consoleCommand(context), false],
  [loadCommand(context), false],
  [initCommand(context), false],
  [validateCommand(context), false],
  [graphCommand(context), false],
  [schemaCommand(context), false],
  [traceCommand(context), false],
  [reportCommand(context), false],
  [checkCommand(context), false],
  [renderCommand(context), false],
  [statusCommand(context), false],
  [requestCommand(context), false],
  [siteCommand(context), false],
  [linkCommand(context), false],
  [packageCommand(context), false],
  [clockCommand(context), false],
  [logsCommand(context), false],
  [tokenCommand(context), false],
  [completionCommand(context), false],
] as const) {
  program.addCommand(command, { isDefault });
}
inherit(program);

try {
  await program.parseAsync();
} catch (error) {
  exitCode = failedWith(error);
}
process.exit(exitCode);

/** Every command below takes the settings of the program, and throws where commander would end the process. */
function inherit(command: Command): void {
  command.exitOverride();
  for (const below of command.commands) inherit(below.copyInheritedSettings(command));
}

function failedWith(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.held : exitCodes.usage; // it has told
  if (env.SPOOLNET_DEBUG) stderr.write(`${format(error)}\n`);
  if (error instanceof Failure) {
    // A usage failure has said all; of the machine's failures, the system knows the reason.
    stderr.write(`${error.kind === "usage" ? error.message : wordsOf(error)}\n`);
    return error.kind === "usage" ? exitCodes.usage : exitCodes.environment;
  }
  if (systemCodeOf(error) !== undefined) {
    stderr.write(`spoolnet cannot go on: ${wordsOf(error)}\n`); // the disk is full, a file is not ours
    return exitCodes.environment;
  }
  stderr.write(`spoolnet met an error of its own: ${wordsOf(error)}\n`);
  if (!env.SPOOLNET_DEBUG) stderr.write("SPOOLNET_DEBUG=1 shows where; please report it.\n");
  return exitCodes.environment;
}
