import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { constants, createZstdCompress, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { Header } from "tar/header";
import { Pax } from "tar/pax";
import { describe, expect } from "vitest";

import { ArchiveDamagedError, ArchiveRefusedError } from "../../../site-image/content/content-error.ts";
import { compressFolder, uncompressArchive } from "../../../site-image/content/package-archive.ts";
import { tarEnd, tarHeader } from "../../../site-image/content/tar-entry.ts";
import { TarReader } from "../../../site-image/content/tar-reader.ts";
import { file, folderOf, plant, seen, test } from "./folders.ts";

type Fields = Exclude<ConstructorParameters<typeof Header>[0], Buffer | undefined>;

/** A tar header as a villain would write it: whatever the fields say. */
function header(fields: Fields): Buffer {
  const block = Buffer.alloc(512);
  const complete = {
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: new Date(0),
    type: "File" as const,
    ...fields,
  };
  new Header(complete as Fields).encode(block);
  return block;
}
const fileNamed = (path: string) => header({ path });
const folderNamed = (path: string) => header({ path, type: "Directory", mode: 0o755 });
const linkFrom = (path: string, linkpath: string) => header({ path, linkpath, type: "SymbolicLink" });
const pax = (fields: Fields) => new Pax(fields).encode();

async function unpack(temp: string, bytes: Buffer, limits = {}) {
  const archive = join(temp, "A0100003.PKG");
  const folder = join(temp, "inside", "out");
  await mkdir(folder, { recursive: true });
  await writeFile(archive, bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return uncompressArchive({ archive, folder, sha256, maxFiles: 10, maxBytes: 1000, ...limits });
}

describe("an archive is refused that holds", () => {
  const cases: Record<string, [Buffer[], RegExp]> = {
    "a path with ..": [[fileNamed("../x")], /"\.\.\/x" contains "\.\."/],
    "a path with .. further on": [[folderNamed("a/"), fileNamed("a/../../x")], /contains "\.\."/],
    "an absolute path": [[fileNamed("/tmp/x")], /"\/tmp\/x" is an absolute path/],
    "an absolute path in a pax header": [[pax({ path: "/tmp/x" }), fileNamed("x")], /absolute path/],
    "a path with .. in a pax header": [[pax({ path: "a/../../x" }), fileNamed("x")], /contains "\.\."/],
    "a link to an absolute path": [[linkFrom("l", "/etc/passwd")], /"l" to "\/etc\/passwd" leads outside/],
    "a link that leads outside": [[folderNamed("a/"), linkFrom("a/l", "../../x")], /leads outside/],
    "a link that leads outside through another": [
      [linkFrom("d", "."), linkFrom("x", "d/../secret")],
      /"x" to "d\/\.\.\/secret" leads outside/,
    ],
    "a link to nothing at all": [[linkFrom("l", "")], /leads outside/],
    "a file behind a link": [[linkFrom("l", "."), fileNamed("l/x")], /"l\/x" does not come after its folder/],
    "a file before its folder": [[fileNamed("a/x")], /does not come after its folder/],
    "a file in a file": [[fileNamed("a"), fileNamed("a/x")], /does not come after its folder/],
    "a path twice": [[fileNamed("a"), linkFrom("./a", "b")], /".\/a" comes twice/],
    "a link in place of the folder": [[linkFrom("./", "a")], /the folder itself is a link/],
    "a hard link": [[fileNamed("a"), header({ path: "b", type: "Link", linkpath: "a" })], /"b" is neither/],
    "a device": [[header({ path: "sda", type: "BlockDevice" })], /"sda" is neither a file nor a folder/],
    "a named pipe": [[header({ path: "p", type: "FIFO" })], /"p" is neither/],
    "a name with a zero in it": [[Buffer.from(paxOf("path=a\0b")), fileNamed("x")], /is not a name/],
    "a negative length": [[Buffer.from(paxOf("size=-1")), fileNamed("x")], /no possible length/],
    "a length that is no number": [[Buffer.from(paxOf("size=1e999")), fileNamed("x")], /no possible length/],
    "a pax header of a gigabyte": [
      [header({ path: "p", type: "ExtendedHeader", size: 2 ** 30 })],
      /pax header of/,
    ],
    "a pax header that lies about itself": [
      [Buffer.from(paxOf("path=x", 99)), fileNamed("x")],
      /cannot be read/,
    ],
    "a pax header and then nothing": [[pax({ path: "x" })], /ends after a pax header/],
    "more files than were announced": [
      Array.from({ length: 11 }, (_, n) => fileNamed(`${n}`)),
      /the 10 files/,
    ],
    "more bytes than were announced": [[header({ path: "a", size: 1001 })], /more than the 1000 bytes/],
    "a name longer than a disk takes": [
      [pax({ path: "n".repeat(300) }), fileNamed("n")],
      /cannot be uncompressed: .*ENAMETOOLONG/,
    ],
    "what is not tar": [[Buffer.alloc(512, "not tar")], /not a tar archive/],
  };

  test.for(Object.entries(cases))("%s", async ([, [blocks, words]], { temp }) => {
    const error = await unpack(temp, zstdCompressSync(Buffer.concat([...blocks, tarEnd]))).catch(
      (e: unknown) => e,
    );

    expect(error).toBeInstanceOf(ArchiveRefusedError);
    expect(error).toMatchObject({
      retryable: false,
      archive: join(temp, "A0100003.PKG"),
      message: expect.stringMatching(words),
    });
    expect(await readdir(temp)).toEqual(["A0100003.PKG", "inside"]);
    expect(await readdir(join(temp, "inside"))).toEqual(["out"]);
  });

  test("no end", async ({ temp }) => {
    await expect(unpack(temp, zstdCompressSync(fileNamed("a")))).rejects.toThrow(/ends too early/);
  });

  test("more after its end", async ({ temp }) => {
    const tar = Buffer.concat([tarEnd, Buffer.alloc(10_000_000)]);

    await expect(unpack(temp, zstdCompressSync(tar))).rejects.toThrow(/goes on after its end/);
  });

  test("anything but zeros after its end", async ({ temp }) => {
    const tar = Buffer.concat([tarEnd, fileNamed("hidden"), tarEnd]);

    await expect(unpack(temp, zstdCompressSync(tar))).rejects.toThrow(/goes on after its end/);
  });

  test("what is not compressed", async ({ temp }) => {
    await expect(unpack(temp, Buffer.concat([fileNamed("a"), tarEnd]))).rejects.toThrow(
      /cannot be uncompressed/,
    );
  });

  test("what only a lot of memory could uncompress", async ({ temp }) => {
    const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 27 } });
    const chunks = Array.fromAsync(stream as AsyncIterable<Buffer>);
    stream.write(fileNamed("a"));
    await once(stream.end(tarEnd), "end");

    await expect(unpack(temp, Buffer.concat(await chunks))).rejects.toThrow(
      /cannot be uncompressed: .*memory/,
    );
  });
});

test("an archive of another tar program, filled up with zeros, is taken", async ({ temp }) => {
  const tar = Buffer.concat([
    folderNamed("./"),
    folderNamed("./a/"),
    fileNamed("./a/b"),
    Buffer.alloc(10_240),
  ]);
  await unpack(temp, zstdCompressSync(tar));

  expect(Object.keys(await seen(join(temp, "inside", "out")))).toEqual([".", "a", "a/b"]);
});

test("set-id and sticky bits do not come out of an archive", async ({ temp }) => {
  const blocks = [
    header({ path: "sudo", mode: 0o4755 }),
    header({ path: "d", type: "Directory", mode: 0o3755 }),
  ];
  await unpack(temp, zstdCompressSync(Buffer.concat([...blocks, tarEnd])));
  const { sudo, d } = await seen(join(temp, "inside", "out"));

  expect([sudo, d]).toEqual([expect.stringMatching("file 755"), expect.stringMatching("folder 755")]);
});

test("one bit wrong anywhere, and the archive is damaged", async ({ temp }) => {
  const source = await plant(join(temp, "source"), {
    f: file("contents".repeat(100)),
    d: folderOf({ l: "../f" }),
  });
  const archive = join(temp, "A0100003.PKG");
  const { sha256 } = await compressFolder({ source, archive });
  const good = await readFile(archive);
  const change = fc.oneof(
    fc.nat(good.length * 8 - 1).map((bit) => {
      const bad = Buffer.from(good);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return bad;
    }),
    fc.nat(good.length - 1).map((length) => good.subarray(0, length)),
    fc.uint8Array({ minLength: 1 }).map((more) => Buffer.concat([good, more])),
  );

  await fc.assert(
    fc.asyncProperty(change, async (bad) => {
      await writeFile(archive, bad);
      const folder = await mkdtemp(join(temp, "out-"));
      const error = await uncompressArchive({ archive, folder, sha256, maxFiles: 9, maxBytes: 9999 }).catch(
        (error: unknown) => error,
      );
      expect(error).toBeInstanceOf(ArchiveDamagedError);
      expect(error).toMatchObject({ retryable: false, archive });
    }),
    { numRuns: 60 },
  );
});

test("a file of nine gigabytes can be told of", async () => {
  const entry = {
    path: "disc.iso",
    type: "file" as const,
    bytes: 9 * 2 ** 30,
    mode: 0o644,
    modifiedMs: -5000,
  };
  const blocks = tarHeader(entry);

  expect(blocks.toString("latin1")).toContain("size=9663676416\n"); // as pax says it, for every tar program
  expect(await new TarReader(ReadableStream.from([blocks])).next()).toEqual(entry);
});

/** A pax header with one record, whose length can be made a lie. */
function paxOf(record: string, length = record.length + 4): string {
  const body = `${length} ${record}\n`;
  const head = header({ path: "p", type: "ExtendedHeader", size: body.length }).toString("latin1");
  return head + body.padEnd(512, "\0");
}
