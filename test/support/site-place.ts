/**
 * A site's folder with what every component works with: database, clock, journal and a reporter. Nothing runs in it.
 */
import { mkdirSync, readFileSync } from "node:fs";

import { siteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import { SiteDatabase } from "../../site-image/database/site-database.ts";
import { DiskTrouble } from "../../site-image/disk-trouble.ts";
import type { Place } from "../../site-image/inboxes/inbox.ts";
import { Journal } from "../../site-image/journal.ts";
import { LogFile } from "../../site-image/log-file.ts";
import { Reporter } from "../../site-image/reporter.ts";
import { SiteFolders } from "../../site-image/site-folders.ts";
import { StatusMessages } from "../../site-image/status-messages.ts";
import { SystemClock } from "../../site-image/system-clock.ts";

type Options = {
  readonly code?: string;
  /** Emulated milliseconds a real one. */
  readonly scale?: number;
  readonly component?: string;
  readonly log?: string;
};

/** Every place of a test process starts at the same moment: a Friday evening. */
const start = { realMs: performance.timeOrigin, emulatedMs: Date.UTC(2003, 10, 7, 22, 30) };

export class SitePlace implements Disposable {
  readonly place: Place;
  readonly database: SiteDatabase;
  readonly clock: SystemClock;
  readonly journal: Journal;
  readonly #logFile: LogFile;

  /** Opens a site in `folder`, new or as the last one left it. */
  constructor(folder: string, options: Options = {}) {
    const { code = "CHI", scale = 1000, component = "SMS_TEST", log = "test" } = options;
    const site = siteCode.parse(code);
    const folders = new SiteFolders(folder, site);
    mkdirSync(folders.logs, { recursive: true });
    this.clock = new SystemClock([{ ...start, scale }]);
    this.database = new SiteDatabase(folders.database);
    const { clock, database } = this;
    const disk = new DiskTrouble({ root: folder, clock });
    const journal = new Journal({ file: folders.journal, site, clock, disk });
    this.journal = journal;
    this.#logFile = new LogFile({ folder: folders.logs, name: log, timeZone: "Etc/UTC", clock, disk });
    const messages = new StatusMessages({ database, disk });
    const reporter = new Reporter({ component, log: this.#logFile, journal, messages, disk, clock });
    this.place = { site, folders, clock, disk, reporter, flushed: () => database.flushed() };
  }

  /** Everything in the journal, oldest first. */
  events(): JournalEvent[] {
    const lines = readFileSync(this.place.folders.journal, "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  [Symbol.dispose](): void {
    this.journal[Symbol.dispose]();
    this.#logFile[Symbol.dispose]();
    this.database[Symbol.dispose]();
  }
}
