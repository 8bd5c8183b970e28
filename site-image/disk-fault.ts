/**
 * Which errors say that the site's own disk fails: it is full, cannot be read or written, takes no writes, or no more
 * files can be opened. Found anywhere among the causes of an error, whether the system or SQLite said it.
 */
import { relative } from "node:path";

export type DiskFault = {
  /** The system's code, like ENOSPC. */
  readonly code: string;
  /** In words, like `no space left on device, write`. */
  readonly what: string;
  /** Below the site's folder; empty where the error does not say. */
  readonly path: string;
};

const systemCodes = new Set(["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "ENFILE"]);

/** The process or the machine has no more descriptors, whatever was to be opened. */
const ofNoDisk = new Set(["EMFILE", "ENFILE"]);

/** SQLite's result codes (https://www.sqlite.org/rescode.html), as what the system would say. */
const codeOfSqlite: ReadonlyMap<number, string> = new Map([
  [8, "EROFS"],
  [10, "EIO"],
  [13, "ENOSPC"],
  [14, "EMFILE"], // a file of the database cannot be opened
]);

/** Undefined where the error is of another kind, or about a disk elsewhere, like a package's source. */
export function diskFaultOf(error: unknown, root: string): DiskFault | undefined {
  let path = "";
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (path === "" && "path" in cause && typeof cause.path === "string") path = cause.path;
    const code = codeOf(cause);
    if (!code) continue;
    const below = path === "" ? "" : relative(root, path);
    const isElsewhere = below.startsWith("..");
    if (isElsewhere && !ofNoDisk.has(code)) return undefined;
    return { code, what: wordsOf(cause), path: isElsewhere ? "" : below };
  }
  return undefined;
}

function codeOf(error: Error): string | undefined {
  if ("errcode" in error && typeof error.errcode === "number") return codeOfSqlite.get(error.errcode & 0xff);
  return "code" in error && systemCodes.has(String(error.code)) ? String(error.code) : undefined;
}

/** Without the code in front and the path behind, which are told beside. */
function wordsOf(error: Error): string {
  return error.message.replace(/^[A-Z]+: /, "").replace(/ '.*'$/, "");
}
