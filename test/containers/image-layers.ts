/**
 * An image as whoever may pull it gets it: every file of every layer, also those that a later layer takes away, and what
 * is said of it (history, environment, labels).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";

import { Parser, type ReadEntry } from "tar";

export type FoundFile = {
  /** Its path in its layer; of what is said of the image, the name of that in the archive. */
  readonly path: string;
  readonly bytes: Buffer;
};

/** Calls `look` with each. Resolves when all have been looked at. */
export async function eachFileOf(image: string, look: (file: FoundFile) => void): Promise<void> {
  const saving = spawn("docker", ["save", image], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(saving, "close");
  const layers: Promise<unknown>[] = [];
  const archive = new Parser();
  archive.on("entry", (entry: ReadEntry) => layers.push(lookInto(entry, look)));
  saving.stdout.pipe(archive as unknown as NodeJS.WritableStream);
  await once(archive, "end");
  const [code] = await ended;
  if (code !== 0) throw new Error(`docker save ${image} ended with ${code}`);
  await Promise.all(layers);
}

/** A layer is an archive itself, compressed or not; everything else is JSON. */
async function lookInto(entry: ReadEntry, look: (file: FoundFile) => void): Promise<void> {
  const start = await new Promise<Buffer>((resolve) => {
    entry.once("data", resolve);
    entry.once("end", () => resolve(Buffer.alloc(0)));
  });
  const isLayer = start.length >= 512 && !"{[".includes(String.fromCharCode(start[0] ?? 0));
  if (!isLayer) {
    look({ path: entry.path, bytes: await wholeOf(entry, start) });
    return;
  }
  const layer = new Parser();
  const ended = once(layer, "end");
  layer.on("entry", (file: ReadEntry) => {
    void wholeOf(file).then((bytes) => look({ path: file.path, bytes }));
  });
  layer.write(start);
  entry.pipe(layer as unknown as NodeJS.WritableStream);
  await ended;
}

async function wholeOf(entry: ReadEntry, start: Buffer = Buffer.alloc(0)): Promise<Buffer> {
  const parts: Buffer[] = [start];
  for await (const part of entry) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
