/**
 * One flush for everything on a file system, with the program of Linux that does it (Node has no call for it): for a
 * folder of many files, which take a flush of the disk each otherwise.
 */
import { execFile } from "node:child_process";

let works: Promise<boolean> | undefined;

/** Whether it works here: tried once, on a file system that has nothing to flush. */
export function canFlushFileSystem(): Promise<boolean> {
  works ??= flushFileSystem("/proc").then(
    () => true,
    () => false,
  );
  return works;
}

/** What was written to the file system of `folder` before the call is on the disk when it resolves. */
export function flushFileSystem(folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile("sync", ["-f", folder], (error) => (error ? reject(error) : resolve()));
  });
}
