/**
 * The site database: SQLite in `site.db` (mode 0600, it holds the secrets of addresses). A transaction that has returned
 * holds for this process; on the disk it is when `flushed` resolves, and nothing of it is shown to others before
 * (`putDocument`, `ClaimedFile`, answer-when-flushed.ts and what else shows things wait for it). So all commits that
 * wait share one flush of the log, and the main thread waits for none: it was 20 flushes for each package.
 * Tables are in migrations.ts; what is asked of them is in the files beside this one, a file a subject.
 */
import { EventEmitter } from "node:events";
import { existsSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

import { keepPrivateFile } from "../security/private-files.ts";
import { sharedFlush } from "../shared-flush.ts";
import { migrations } from "./migrations.ts";

/** `changes` is the table that the statement changes; undefined where it only reads. */
type Prepared = { readonly statement: StatementSync; readonly changes: string | undefined };

export class SiteDatabase implements Disposable {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();
  /** How often this process changed each table. */
  readonly #changes = new Map<string, number>();
  readonly #kept = new Map<string, Map<string, unknown>>();
  readonly #committed = new EventEmitter<{ commit: [] }>();
  readonly #log: string;
  #depth = 0;
  /** There is a commit of which no flush has begun. */
  #isUnflushed = false;
  #flushing: Promise<void> = Promise.resolve();
  /** A flush has failed: what the disk has of the log is not known. */
  #isLogUnsure = false;

  /** Opens or makes the database. Throws when the file is of a newer Spoolnet, damaged, or cannot be written. */
  constructor(file: string) {
    for (const name of [file, ...[`${file}-wal`, `${file}-shm`].filter((one) => existsSync(one))])
      keepPrivateFile(name); // SQLite gives the files beside it the mode that it has
    this.#connection = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: 5000 });
    this.#committed.setMaxListeners(0);
    this.#log = `${file}-wal`;
    this.#connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    this.#migrate(file);
    this.probe(); // flushed, and with it the name of the log, which is made anew at each start
    this.#connection.exec("PRAGMA synchronous = NORMAL;");
  }

  /** The rows of a query. The shape is the caller's to know: rows come from this site's own tables. */
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepared(sql).statement.all(...values) as Row[];
  }

  one<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    const { statement, changes } = this.#prepared(sql);
    if (changes) this.#isUnflushed = true; // INSERT ... RETURNING
    return statement.get(...values) as Row | undefined;
  }

  /**
   * As `one`, of a table that seldom changes: the answer is kept until this process changes the table. For what
   * listeners ask after every commit: that was 420 of the 560 queries of a package.
   */
  kept<Row>(table: string, sql: string): Row | undefined {
    const answers = this.#kept.get(table) ?? new Map<string, unknown>();
    this.#kept.set(table, answers);
    if (!answers.has(sql)) answers.set(sql, this.one<Row>(sql));
    return answers.get(sql) as Row | undefined;
  }

  /** Changes rows; returns how many. Alone it is a transaction of its own. */
  run(sql: string, ...values: SQLInputValue[]): number {
    const { changes } = this.#prepared(sql).statement.run(...values);
    if (Number(changes) > 0) this.#isUnflushed = true;
    if (this.#depth === 0) this.#committed.emit("commit");
    return Number(changes);
  }

  /** All of `work` or nothing of it. `work` is synchronous, so nothing comes between. Nested: part of the outer one. */
  transaction<Result>(work: () => Result): Result {
    if (this.#depth > 0) return work();
    this.#connection.exec("BEGIN IMMEDIATE");
    this.#depth++;
    let result: Result;
    try {
      result = work();
      this.#connection.exec("COMMIT");
    } catch (error) {
      if (this.#connection.isTransaction) this.#rollBack();
      this.#kept.clear();
      throw error;
    } finally {
      this.#depth--;
    }
    this.#committed.emit("commit");
    return result;
  }

  /** A change that nobody waits for: the power may take it, never the end of the process. For messages, not for state. */
  unhurried(sql: string, ...values: SQLInputValue[]): void {
    this.#prepared(sql).statement.run(...values);
    if (this.#depth === 0) this.#committed.emit("commit");
  }

  /** Resolves when every commit before the call is on the disk. Rejects where the disk does not take it. */
  flushed(): Promise<void> {
    if (this.#isUnflushed) {
      this.#isUnflushed = false;
      this.#flushing = this.#flush();
      this.#flushing.catch(() => {}); // told to whoever waits
    }
    return this.#flushing;
  }

  /** Changes nothing, in a transaction of its own. Throws where the disk does not take it. */
  probe(): void {
    this.transaction(() => this.#connection.exec(`PRAGMA user_version = ${migrations.length}`));
    this.#isUnflushed = true;
  }

  /**
   * Calls back after every commit, as the trigger would wake SQL Monitor, or only after those that change one of the
   * tables, until `signal` aborts.
   */
  onCommit(listener: () => void, signal: AbortSignal, tables?: readonly string[]): void {
    let seen = 0;
    const changed = () => {
      if (tables) {
        const changes = tables.reduce((sum, table) => sum + (this.#changes.get(table) ?? 0), 0);
        if (changes === seen) return;
        seen = changes;
      }
      listener();
    };
    this.#committed.on("commit", changed);
    signal.addEventListener("abort", () => this.#committed.off("commit", changed), { once: true });
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #flush(): Promise<void> {
    try {
      if (!this.#isLogUnsure) await sharedFlush(this.#log);
      if (!this.#isLogUnsure) return;
      // A flush after one that failed succeeds, and tells nothing of what that one lost. Memory has it still.
      this.#connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      this.#isLogUnsure = false;
    } catch (error) {
      this.#isLogUnsure = true;
      this.#isUnflushed = true;
      throw new Error(`cannot flush ${this.#log}`, { cause: error });
    }
  }

  /** Whoever failed says why; a failure of this is a consequence, and the next BEGIN meets it. */
  #rollBack(): void {
    try {
      this.#connection.exec("ROLLBACK");
    } catch {}
  }

  #prepared(sql: string): Prepared {
    let prepared = this.#statements.get(sql);
    if (!prepared) {
      const [, changes] =
        /^\s*(?:INSERT INTO|INSERT OR REPLACE INTO|UPDATE|DELETE FROM)\s+(\w+)/.exec(sql) ?? [];
      prepared = { statement: this.#connection.prepare(sql), changes };
      this.#statements.set(sql, prepared);
    }
    if (prepared.changes) {
      this.#kept.delete(prepared.changes);
      this.#changes.set(prepared.changes, (this.#changes.get(prepared.changes) ?? 0) + 1);
    }
    return prepared;
  }

  #migrate(file: string): void {
    const version = this.one<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
    if (version > migrations.length) {
      throw new Error(
        `${file} was written by a newer Spoolnet (step ${version}, this one knows ${migrations.length}): update Spoolnet`,
      );
    }
    for (const [index, step] of migrations.entries()) {
      if (index < version) continue;
      this.transaction(() => this.#connection.exec(`${step}; PRAGMA user_version = ${index + 1};`));
    }
  }
}
