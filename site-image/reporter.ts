/**
 * How a component says what it does: its log, the journal and status messages under its own name.
 * Nothing here throws when the disk fails: what is said waits in memory, or is dropped and counted.
 */
import type { Clock } from "../domain/clock.ts";
import type { PackageId, RequestId } from "../domain/identifiers.ts";
import type { JournalEntry } from "../domain/journal.ts";
import { type StatusMessageId, statusMessages } from "../domain/status-messages.ts";
import type { DiskTrouble } from "./disk-trouble.ts";
import type { Journal } from "./journal.ts";
import type { LogFile, LogType } from "./log-file.ts";
import type { StatusMessages } from "./status-messages.ts";

type Deps = {
  component: string;
  log: LogFile;
  journal: Journal;
  messages: StatusMessages;
  disk: Pick<DiskTrouble, "met">;
  clock: Clock;
  /** The send request that every line is about. Default: none. */
  request?: RequestId | undefined;
};

const typeOf = { informational: 1, warning: 2, error: 3 } as const satisfies Record<string, LogType>;

export class Reporter {
  readonly component: string;
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.component = deps.component;
    this.#deps = deps;
  }

  /** The same, whose log lines are tied to a send request: at both sites, they carry its id. */
  about(request: RequestId): Reporter {
    return new Reporter({ ...this.#deps, request });
  }

  info(text: string): void {
    this.#write(text, 1);
  }

  warn(text: string): void {
    this.#write(text, 2);
  }

  /** Logs an error with all its causes. Called once, where the error is handled. */
  error(text: string, error?: unknown): void {
    this.diskFailed(error);
    this.#write(error === undefined ? text : `${text}: ${errorText(error)}`, 3);
  }

  /** For who handles an error without logging it as one. True if the site's disk is what failed. */
  diskFailed(error: unknown): boolean {
    return this.#deps.disk.met(this.component, error);
  }

  /** The number of the last event of this site. */
  get lastEvent(): number {
    return this.#deps.journal.last?.sequence ?? 0;
  }

  event(entry: JournalEntry): void {
    this.#deps.journal.record(this.component, entry);
  }

  /** For who watches now; see Journal.show. */
  progress(entry: Omit<JournalEntry, "action">): void {
    this.#deps.journal.show(this.component, { action: "progress", ...entry });
  }

  /** Raises a status message: a row in the site database, a line in the log, and word to who watches. */
  status(id: StatusMessageId, details: string, packageId?: PackageId): void {
    const [severity, words] = statusMessages[id];
    const text = details === "" ? words : `${words}: ${details}`;
    const emulatedMs = this.#deps.clock.now();
    this.#deps.messages.add({
      id,
      severity,
      component: this.component,
      packageId: packageId ?? null,
      text,
      emulatedMs,
    });
    const date = Temporal.Instant.fromEpochMilliseconds(Math.floor(emulatedMs)).toString();
    const attributes = packageId ? ` NUMATTRS=1 AID0=400 AVAL0="${packageId}"` : " NUMATTRS=0";
    const letter = severity[0]?.toUpperCase();
    this.#write(
      `STATMSG: ID=${id} SEV=${letter} LEV=M SOURCE="SMS Server" COMP="${this.component}" GMTDATE=${date} ISTR0="${text}"${attributes}`,
      typeOf[severity],
    );
    const packages = packageId && [packageId];
    const { request } = this.#deps;
    this.#deps.journal.show(this.component, {
      action: "message",
      message: id,
      severity,
      text,
      ...(packages && { packages }),
      ...(request && { request }),
    });
  }

  #write(text: string, type: LogType): void {
    this.#deps.log.write(this.component, text, type, this.#deps.request);
  }
}

/** An error's message and those of its causes, in one line. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : errorText(error.cause);
  return cause === "" || error.message.endsWith(cause) ? error.message : `${error.message}: ${cause}`;
}
