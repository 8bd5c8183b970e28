/**
 * What a process has of the machine once everything that nothing holds any more has been collected: only so is growth
 * told from what the collector has not got round to.
 */
import { readdir } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export type Usage = {
  /** Objects of the program, after a forced collection. */
  readonly heapBytes: number;
  /** Buffers, which are outside of the heap. */
  readonly bufferBytes: number;
  /** Of the whole process, with what the allocators keep for later. */
  readonly residentBytes: number;
  readonly descriptors: number;
  /** Processor time that it has had, which says what an input costs whoever else uses the machine. */
  readonly processorMs: number;
};

let collect: (() => void) | undefined;

export async function usageOfThisProcess(): Promise<Usage> {
  setFlagsFromString("--expose-gc");
  collect ??= runInNewContext("gc") as () => void;
  for (let round = 0; round < 2; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve)); // what was freed may hold more until its finalizer ran
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const descriptors = (await readdir("/proc/self/fd").catch(() => [])).length; // 0 where the system does not tell
  const { user, system } = process.cpuUsage();
  const processorMs = (user + system) / 1000;
  return { heapBytes: heapUsed, bufferBytes: external, residentBytes: rss, descriptors, processorMs };
}
