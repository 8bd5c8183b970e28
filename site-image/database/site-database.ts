/**
 * The site database: SQLite in `site.db` (mode 0600, it holds the secrets of addresses). A transaction that has returned is on the disk (WAL, synchronous FULL).
 * Tables are in migrations.ts; what is asked of them is in the files beside this one, a file a subject.
 */
import { EventEmitter } from "node:events";
import { existsSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

import { keepPrivateFile } from "../security/private-files.ts";
import { migrations } from "./migrations.ts";

/** A transaction that has returned is on the disk, whatever happens to the power. */
const flushed = "PRAGMA synchronous = FULL";

/** `changes` is the table that the statement changes; undefined where it only reads. */
type Prepared = { readonly statement: StatementSync; readonly changes: string | undefined };

export class SiteDatabase implements Disposable {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();
  readonly #kept = new Map<string, Map<string, unknown>>();
  readonly #committed = new EventEmitter<{ commit: [] }>();
  #depth = 0;

  /** Opens or makes the database. Throws when the file is of a newer Spoolnet, damaged, or cannot be written. */
  constructor(file: string) {
    for (const name of [file, ...[`${file}-wal`, `${file}-shm`].filter((one) => existsSync(one))])
      keepPrivateFile(name); // SQLite gives the files beside it the mode that it has
    this.#connection = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: 5000 });
    this.#committed.setMaxListeners(0);
    this.#connection.exec(`PRAGMA journal_mode = WAL; ${flushed}`);
    this.#migrate(file);
  }

  /** The rows of a query. The shape is the caller's to know: rows come from this site's own tables. */
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  one<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
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
    const { changes } = this.#statement(sql).run(...values);
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

  /** A change that may be lost when the power goes, never when the process does: for messages, not for state. */
  unhurried(sql: string, ...values: SQLInputValue[]): void {
    this.#connection.exec("PRAGMA synchronous = NORMAL");
    try {
      this.#statement(sql).run(...values);
    } finally {
      this.#connection.exec(flushed);
    }
    if (this.#depth === 0) this.#committed.emit("commit");
  }

  /** Changes nothing, in a transaction that is flushed. Throws where the disk does not take it. */
  probe(): void {
    this.transaction(() => this.#connection.exec(`PRAGMA user_version = ${migrations.length}`));
  }

  /** Calls back after every commit, as the trigger would wake SQL Monitor, until `signal` aborts. */
  onCommit(listener: () => void, signal: AbortSignal): void {
    this.#committed.on("commit", listener);
    signal.addEventListener("abort", () => this.#committed.off("commit", listener), { once: true });
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  /** Whoever failed says why; a failure of this is a consequence, and the next BEGIN meets it. */
  #rollBack(): void {
    try {
      this.#connection.exec("ROLLBACK");
    } catch {}
  }

  #statement(sql: string): StatementSync {
    let prepared = this.#statements.get(sql);
    if (!prepared) {
      const [, changes] =
        /^\s*(?:INSERT INTO|INSERT OR REPLACE INTO|UPDATE|DELETE FROM)\s+(\w+)/.exec(sql) ?? [];
      prepared = { statement: this.#connection.prepare(sql), changes };
      this.#statements.set(sql, prepared);
    }
    if (prepared.changes) this.#kept.delete(prepared.changes);
    return prepared.statement;
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
