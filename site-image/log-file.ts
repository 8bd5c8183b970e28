/**
 * A component's log in `SMS/Logs`, in the line format that CMTrace reads (domain.md section 8). At `maxBytes` it is
 * renamed to `.lo_`, replacing the one before. Written at once and never waited for: a log must not slow the work, nor
 * fail it: lines that the disk does not take are dropped, and the log says later how many.
 */
import { renameSync } from "node:fs";
import { join } from "node:path";

import type { Clock } from "../domain/clock.ts";
import type { DiskTrouble } from "./disk-trouble.ts";
import { isMissing } from "./inboxes/whole-file.ts";
import { LineFile } from "./line-file.ts";

export type LogType = 1 | 2 | 3; // information, warning, error

/** What a line says, for who takes lines as data. */
export type LogRecord = {
  readonly log: string;
  readonly component: string;
  readonly type: LogType;
  readonly text: string;
  /** Emulated time, milliseconds since the Unix epoch. */
  readonly emulatedMs: number;
  readonly realMs: number;
  /** The send request it is about, where it is about one. */
  readonly request?: string | undefined;
};

type Deps = {
  folder: string;
  name: string;
  timeZone: string;
  clock: Clock;
  disk: Pick<DiskTrouble, "met">;
  maxBytes?: number;
  /** Is given every line as well. */
  tell?: ((record: LogRecord) => void) | undefined;
};

/** SMS 2.0 rolled its logs at 1 MB (domain.md section 8). */
const defaultMaxBytes = 1_000_000;

export class LogFile implements Disposable {
  readonly #deps: Deps;
  readonly #path: string;
  #file: LineFile;
  #dropped = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#path = join(deps.folder, `${deps.name}.log`);
    this.#file = new LineFile(this.#path, "a");
  }

  /** `request` is the send request that the line is about: its context. */
  write(component: string, text: string, type: LogType = 1, request?: string): void {
    const { name: log, clock, timeZone, tell, disk } = this.#deps;
    const emulatedMs = clock.now();
    const of = { component, ms: emulatedMs, timeZone };
    const line = cmTraceLine({ ...of, text, type, context: request });
    tell?.({ log, component, type, text, emulatedMs, realMs: clock.realNow(), request });
    this.#rollBefore(line);
    try {
      if (this.#dropped > 0) {
        const words = `${this.#dropped} lines are missing here: the disk did not take them`;
        this.#file.add(cmTraceLine({ ...of, text: words, type: 2 }));
        this.#dropped = 0;
      }
      this.#file.add(line);
    } catch (error) {
      this.#dropped++;
      disk.met(component, error);
    }
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  /** Where the disk does not let it, the file before is written on. */
  #rollBefore(line: string): void {
    const { bytes } = this.#file;
    if (bytes === 0 || bytes + line.length <= (this.#deps.maxBytes ?? defaultMaxBytes)) return;
    try {
      this.#roll();
    } catch (error) {
      this.#deps.disk.met("LOG", error);
    }
  }

  #roll(): void {
    this.#file.finish();
    try {
      renameSync(this.#path, join(this.#deps.folder, `${this.#deps.name}.lo_`));
    } catch (error) {
      if (!isMissing(error)) throw error; // a try before came no further than this
    }
    const fresh = new LineFile(this.#path, "a");
    this.#file[Symbol.dispose]();
    this.#file = fresh;
  }
}

/** One line for CMTrace, newline included. The bias is minutes to add to local time to reach UTC, signed. */
export function cmTraceLine(line: {
  text: string;
  component: string;
  type: LogType;
  ms: number;
  timeZone: string;
  context?: string | undefined;
}): string {
  const local = Temporal.Instant.fromEpochMilliseconds(Math.floor(line.ms)).toZonedDateTimeISO(line.timeZone);
  const two = (value: number) => String(value).padStart(2, "0");
  const bias = -Math.round(local.offsetNanoseconds / 60e9);
  const time = `${two(local.hour)}:${two(local.minute)}:${two(local.second)}.${String(local.millisecond).padStart(3, "0")}`;
  const date = `${two(local.month)}-${two(local.day)}-${local.year}`;
  // Text is one line and cannot end its own field, so every line can be read back.
  const text = line.text.replaceAll(/\s*\r?\n\s*/g, " ~ ").replaceAll("]LOG]!>", "]LOG] !>");
  return (
    `<![LOG[${text}]LOG]!><time="${time}${bias >= 0 ? "+" : "-"}${String(Math.abs(bias)).padStart(3, "0")}" date="${date}" ` +
    `component="${line.component}" context="${line.context ?? ""}" type="${line.type}" thread="${process.pid}" file="">\n`
  );
}
