/**
 * One small file in and out of a container, as the tar archives that an engine speaks. A file put so is never seen in
 * `docker inspect`, and lies in the container's volume.
 */
import { once } from "node:events";

import type { Container } from "dockerode";
import { Header, Parser } from "tar";

const blockBytes = 512;

export type SmallFile = {
  readonly folder: string;
  readonly name: string;
  readonly text: string;
  readonly mode: number;
  /** Of its owner and group. */
  readonly id: number;
};

/** The folder must be there; where the container's root is read-only, it must be in a volume. */
export async function putFile(
  container: Container,
  { folder, name, text, mode, id }: SmallFile,
): Promise<void> {
  const content = Buffer.from(text);
  const header = new Header({ path: name, mode, uid: id, gid: id, size: content.length, type: "File" });
  header.mtime = new Date(0);
  const padding = blockBytes - (content.length % blockBytes || blockBytes);
  const archive = Buffer.alloc(blockBytes + content.length + padding + 2 * blockBytes); // it ends with two empty blocks
  header.encode(archive, 0);
  content.copy(archive, blockBytes);
  await container.putArchive(archive, { path: folder });
}

/** Also of a container that does not run. */
export async function fileIn(container: Container, path: string): Promise<string> {
  const archive = await container.getArchive({ path });
  const parser = new Parser();
  let text = "";
  parser.on("entry", (entry) => {
    entry.on("data", (data: Buffer) => {
      text += data;
    });
  });
  archive.pipe(parser);
  await once(parser, "end");
  return text;
}
