/**
 * Reads a tar archive as it streams by, and trusts nothing in it. Takes only what package archives are made of:
 * files, folders and symbolic links, each with at most one pax header before it. Everything else is refused.
 * Pax headers are read here and not with tar's own parser, which loses names with a newline in them.
 */
import { Header } from "tar/header";

import { quoted } from "./content-error.ts";
import type { FolderEntry } from "./folder-listing.ts";
import { paddingAfter, tarBlockBytes } from "./tar-entry.ts";

/** An entry as the archive names it: nothing says yet that the path is a good one. */
export type TarEntry = Omit<FolderEntry, "fingerprint">;

/** What is wrong with an archive, in words for the one who sent it. */
export class TarFormatError extends Error {}

const typeOfKey: ReadonlyMap<string, TarEntry["type"]> = new Map([
  ["0", "file"],
  ["5", "directory"],
  ["2", "link"],
]);

/** A pax header holds a name and a link target, of 4 KiB at most on any system there is. */
const mostPaxBytes = 64 * 1024;
/** Other tar programs fill an archive with zeros, usually up to 10 KiB. */
const mostTrailingBytes = 64 * 1024;

export class TarReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);
  #contentsLeft = 0;
  #padding = 0;
  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next entry, or undefined at the end. Passes over what was not read of the contents before it. */
  async next(): Promise<TarEntry | undefined> {
    for await (const _ of this.contents());
    await this.#exactly(this.#padding);
    this.#padding = 0;
    let pax: Pax = new Map();
    let header = await this.#header();
    if (header?.typeKey === "x") {
      pax = parsePax(await this.#paxBody(header));
      header = await this.#header();
      if (!header) throw new TarFormatError("it ends after a pax header");
    }
    if (!header) {
      await this.#passTrailing();
      return undefined;
    }
    const entry = entryOf(header, pax);
    this.#contentsLeft = entry.bytes;
    this.#padding = paddingAfter(entry.bytes);
    return entry;
  }

  /** What is left of the entry's contents, as it comes. A chunk stays valid. */
  async *contents(): AsyncGenerator<Buffer> {
    while (this.#contentsLeft > 0) {
      if (this.#chunk.length === 0) await this.#more();
      const part = this.#chunk.subarray(0, this.#contentsLeft);
      this.#chunk = this.#chunk.subarray(part.length);
      this.#contentsLeft -= part.length;
      yield part;
    }
  }

  /** The next header, or undefined where the archive says that it ends. */
  async #header(): Promise<Header | undefined> {
    const header = new Header(await this.#exactly(tarBlockBytes));
    if (header.nullBlock) return undefined;
    if (!header.cksumValid) throw new TarFormatError("it is not a tar archive, or a part of it is missing");
    return header;
  }

  async #paxBody(header: Header): Promise<Buffer> {
    const bytes = header.size ?? 0;
    if (bytes > mostPaxBytes) throw new TarFormatError(`a pax header of ${bytes} bytes`);
    const body = await this.#exactly(bytes);
    await this.#exactly(paddingAfter(bytes));
    return body;
  }

  async #passTrailing(): Promise<void> {
    let passed = 0;
    do {
      passed += this.#chunk.length;
      if (passed > mostTrailingBytes || this.#chunk.some((byte) => byte !== 0))
        throw new TarFormatError("it goes on after its end");
      this.#chunk = Buffer.alloc(0);
    } while (await this.#hasMore());
  }

  async #exactly(bytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = bytes; left > 0; ) {
      if (this.#chunk.length === 0) await this.#more();
      const part = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(part.length);
      left -= part.length;
      parts.push(part);
    }
    const [first] = parts;
    return parts.length === 1 && first ? first : Buffer.concat(parts);
  }

  async #more(): Promise<void> {
    if (!(await this.#hasMore())) throw new TarFormatError("it ends too early");
  }

  async #hasMore(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#chunk = next.value;
    return true;
  }
}

type Pax = Map<string, string>;

function entryOf(header: Header, pax: Pax): TarEntry {
  const path = pax.get("path") ?? header.path ?? "";
  const type = typeOfKey.get(header.typeKey);
  if (!type) throw new TarFormatError(`${quoted(path)} is neither a file nor a folder nor a symbolic link`);
  const bytes = Number(pax.get("size") ?? header.size);
  const seconds = Number(pax.get("mtime") ?? (header.mtime?.getTime() ?? 0) / 1000);
  if (!(Number.isSafeInteger(bytes) && bytes >= 0 && (bytes === 0 || type === "file"))) {
    throw new TarFormatError(`${quoted(path)} has no possible length`);
  }
  if (header.mode === undefined || !(Math.abs(seconds) <= 1e11)) {
    throw new TarFormatError(`${quoted(path)} has no possible mode or time`);
  }
  const entry = { path, type, bytes, mode: header.mode & 0o777, modifiedMs: Math.floor(seconds * 1000) };
  return type === "link" ? { ...entry, target: pax.get("linkpath") ?? header.linkpath ?? "" } : entry;
}

/** A pax header is a row of "<length of this all> <key>=<value>\n", the length in bytes. */
function parsePax(body: Buffer): Pax {
  const pax: Pax = new Map();
  for (let from = 0; from < body.length; ) {
    const digits = /^[1-9]\d{0,5} /.exec(body.toString("latin1", from, from + 7))?.[0] ?? "";
    const end = from + Number(digits);
    const pair = body.toString("utf8", from + digits.length, end - 1);
    const equals = pair.indexOf("=");
    if (equals < 1 || end > body.length || body[end - 1] !== 0x0a) {
      throw new TarFormatError("a pax header that cannot be read");
    }
    pax.set(pair.slice(0, equals), pair.slice(equals + 1));
    from = end;
  }
  return pax;
}
