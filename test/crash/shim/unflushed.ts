/**
 * What of a site's folder a loss of power would take: bytes of files written since their last flush, and names that
 * were made, changed or removed since their folder was flushed. `cut` takes it.
 * A change of names in two folders counts once the folder it goes to is flushed, as on file systems with a journal.
 */
import fs from "node:fs";
import { basename, dirname, join } from "node:path";

import type { CrashMode } from "./orders.ts";
import { cutWal, type WalMark, walMark } from "./wal.ts";

// As they are before they count.
const { fstatSync, lstatSync, statSync, linkSync, renameSync, rmSync, truncateSync, mkdirSync } = fs;

type Written = { path: string; durableBytes: number };
type Named = { readonly folder: string; readonly path: string; readonly undo: () => void };

/** A record of what happened and no more: the system flushes all but its last line soon enough. */
const records = /\/(journal\.jsonl|SMS\/Logs\/[^/]+)$/;

export class Unflushed {
  readonly #stash: string;
  readonly #wal: string;
  readonly #files = new Map<number, Written>();
  #names: Named[] = [];
  #stashed = 0;
  #walFlushed: WalMark;

  /** `stash` is a folder beside the site's, on the same disk, for what was replaced or removed. */
  constructor(root: string, stash: string) {
    this.#stash = stash;
    this.#wal = join(root, "site.db-wal");
    this.#walFlushed = walMark(this.#wal);
    rmSync(stash, { recursive: true, force: true });
    mkdirSync(stash, { recursive: true });
  }

  /** Before bytes are written to an open file. */
  writes(descriptor: number, path: string): void {
    const { ino, size } = fstatSync(descriptor);
    const known = this.#files.get(ino);
    if (!known) this.#files.set(ino, { path, durableBytes: size });
    else if (records.test(path)) known.durableBytes = size;
  }

  /** After a file was made short. That is taken to last at once. */
  shortened(path: string): void {
    const { ino, size } = statSync(path);
    const known = this.#files.get(ino);
    if (known) known.durableBytes = Math.min(known.durableBytes, size);
  }

  /** Before an open file or folder is flushed. Returns what to note when it is: what came meanwhile is not in it. */
  flushes(descriptor: number, path: string): () => void {
    if (path === this.#wal) {
      const mark = walMark(path);
      return () => {
        this.#walFlushed = mark;
      };
    }
    const stat = fstatSync(descriptor);
    if (!stat.isDirectory()) return () => this.#files.delete(stat.ino);
    const names = new Set(this.#names.filter(({ folder }) => folder === path));
    return () => {
      this.#names = this.#names.filter((named) => !names.has(named));
    };
  }

  /** After a name was made: a file, a link, a folder. `isWritten`: with content that nobody flushed. */
  made(path: string, isWritten = false): void {
    this.#remember(path, () => rmSync(path, { recursive: true, force: true }));
    if (isWritten) this.#files.set(lstatSync(path).ino, { path, durableBytes: 0 });
  }

  /** Before a name is removed or replaced; what it stood for is kept. Returns how to have it back. */
  keeps(path: string): () => void {
    const kept = join(this.#stash, String(this.#stashed++));
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found || found.isDirectory()) return () => {};
    linkSync(path, kept);
    return () => renameSync(kept, path);
  }

  /** After a name was removed. */
  removed(path: string, back: () => void): void {
    this.#remember(path, back);
  }

  /** After a rename; `back` is from `keeps(to)`. */
  renamed(from: string, to: string, back: () => void): void {
    this.#remember(to, () => {
      renameSync(to, from);
      back();
    });
    for (const file of this.#files.values()) {
      if (file.path === from) file.path = to;
      else if (file.path.startsWith(`${from}/`)) file.path = to + file.path.slice(from.length);
    }
  }

  /** After a commit that is flushed. */
  committed(): void {
    this.#walFlushed = walMark(this.#wal);
  }

  /** Takes it from the disk. */
  cut(mode: Extract<CrashMode, "torn" | "missing">): void {
    for (const { path, durableBytes } of this.#files.values()) {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      const left = mode === "torn" ? Math.floor((size - durableBytes) / 2) : 0;
      if (size > durableBytes + left) truncateSync(path, durableBytes + left);
    }
    cutWal(this.#wal, this.#walFlushed, mode === "torn" ? "half" : "all");
    if (mode === "torn") return; // the names outlived the bytes
    for (const { undo } of this.#names.toReversed()) {
      try {
        undo();
      } catch {} // what it was made from or put into is gone with an earlier one
    }
  }

  #remember(path: string, undo: () => void): void {
    this.#names.push({ folder: dirname(path), path, undo });
  }
}

/** Where what a site replaces and removes is kept meanwhile. */
export function stashOf(root: string): string {
  return join(dirname(root), `${basename(root)}.stash`);
}
