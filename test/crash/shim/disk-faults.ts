/**
 * A disk that fails: which operations a fault meets, and the errors that Node and SQLite make of it.
 */
import { constants } from "node:os";

import type { FaultCode } from "./orders.ts";

/** `opens` is a file that is opened and nothing changed; it needs no more than a descriptor. */
export type Nature = "opens" | "needs room" | "flushes" | "changes";

const met: Readonly<Record<FaultCode, (nature: Nature, kind: string) => boolean>> = {
  ENOSPC: (nature) => nature === "needs room",
  EIO: (nature) => nature !== "opens",
  EMFILE: (nature, kind) => nature === "opens" || kind === "create",
  EROFS: (nature) => nature === "needs room" || nature === "changes",
};

export function meets(code: FaultCode, nature: Nature, kind: string): boolean {
  return met[code](nature, kind);
}

const words: Readonly<Record<FaultCode, string>> = {
  ENOSPC: "no space left on device",
  EIO: "i/o error",
  EMFILE: "too many open files",
  EROFS: "read-only file system",
};

export function systemError(code: FaultCode, syscall: string, path: string): Error {
  const errno = -constants.errno[code];
  return Object.assign(new Error(`${code}: ${words[code]}, ${syscall} '${path}'`), {
    code,
    errno,
    syscall,
    path,
  });
}

/** SQLite's result codes: https://www.sqlite.org/rescode.html */
const sqlite: Readonly<Record<FaultCode, readonly [errcode: number, errstr: string]>> = {
  ENOSPC: [13, "database or disk is full"],
  EIO: [10, "disk I/O error"],
  EMFILE: [14, "unable to open database file"],
  EROFS: [8, "attempt to write a readonly database"],
};

export function databaseError(code: FaultCode): Error {
  const [errcode, errstr] = sqlite[code];
  return Object.assign(new Error(errstr), { code: "ERR_SQLITE_ERROR", errcode, errstr });
}
