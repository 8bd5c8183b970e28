/**
 * Deltas between versions of a package with a defect, carried out on the right base or on another. The version that must
 * come out is known by its digest (`equal`: it did); anything else must be told, and leave nothing beside.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";

import { compressFolder } from "../../site-image/content/package-archive.ts";
import { applyDelta, DeltaMergeError, makeDelta } from "../../site-image/content/package-delta.ts";
import { paddingAfter, tarEnd, tarHeader } from "../../site-image/content/tar-entry.ts";
import type { Random } from "../support/random.ts";
import { jsonWithDefect } from "./json-defects.ts";
import type { Answer } from "./surface.ts";

type Base = { readonly archive: string; readonly sha256: string };
type Version = { readonly archive: string } & Awaited<ReturnType<typeof compressFolder>>;

const blockBytes = 512;

export class DeltaTries {
  readonly #folder: string;
  readonly #from: Version;
  readonly #to: Version;
  /** The good delta, uncompressed. */
  readonly #tar: Buffer;

  private constructor(folder: string, from: Version, to: Version, tar: Buffer) {
    this.#folder = folder;
    this.#from = from;
    this.#to = to;
    this.#tar = tar;
  }

  static async make(folder: string): Promise<DeltaTries> {
    const version = async (name: string, files: Readonly<Record<string, string>>): Promise<Version> => {
      const source = join(folder, name);
      await mkdir(source, { recursive: true });
      for (const [file, text] of Object.entries(files)) await writeFile(join(source, file), text);
      const archive = join(folder, `${name}.PKG`);
      const written = await compressFolder({ source, archive });
      await rm(source, { recursive: true });
      return { archive, ...written };
    };
    const kept = { "kept.txt": "as before\n".repeat(100) };
    const from = await version("one", { ...kept, "gone.txt": "gone", "same.txt": "1" });
    const to = await version("two", { ...kept, "new.txt": "new", "same.txt": "2" });
    const delta = join(folder, "good.DLT");
    await makeDelta({ from, to, delta });
    return new DeltaTries(folder, from, to, zstdDecompressSync(await readFile(delta)));
  }

  async attack(random: Random): Promise<Answer> {
    const { kind, bytes, base = this.#from } = this.#hostile(random);
    const delta = join(this.#folder, "tried.DLT");
    const archive = join(this.#folder, "merged.PKG");
    await writeFile(delta, bytes);
    const before = (await readdir(this.#folder)).length;
    const { sha256, files: maxFiles, sourceBytes: maxBytes } = this.#to;
    try {
      await applyDelta({ base, delta, archive, sha256, maxFiles, maxBytes });
      const found = createHash("sha256")
        .update(await readFile(archive))
        .digest("hex");
      await rm(archive);
      return { kind, verdict: found === sha256 ? "equal" : "accepted", label: "merged", input: kind };
    } catch (error) {
      const left = (await readdir(this.#folder)).length - before;
      const isRefused = error instanceof DeltaMergeError && left === 0;
      const label = error instanceof Error ? error.name : String(error);
      return {
        kind,
        verdict: isRefused ? "refused" : "crashed",
        label,
        input: `${kind}, ${left} left: ${error}`,
      };
    }
  }

  #hostile(random: Random): { kind: string; bytes: Buffer; base?: Base } {
    const tar = Buffer.from(this.#tar);
    const good = zstdCompressSync(tar);
    const withNote = (text: string) => {
      const note = Buffer.from(text);
      const head = tarHeader({ ...noteEntry, bytes: note.length });
      return zstdCompressSync(
        Buffer.concat([head, note, Buffer.alloc(paddingAfter(note.length)), this.#entries()]),
      );
    };
    const big = random.between(10_000, 2 ** 32);
    return random.pick([
      () => ({ kind: "delta cut", bytes: good.subarray(0, random.between(0, good.length - 1)) }),
      () => ({ kind: "delta noise", bytes: random.bytes(random.between(0, 2000)) }),
      () => {
        const at = random.between(0, tar.length - 1);
        tar[at] = (tar[at] ?? 0) ^ (1 << random.between(0, 7));
        return { kind: "delta bit", bytes: zstdCompressSync(tar) };
      },
      () => ({
        kind: "delta note",
        bytes: withNote(jsonWithDefect({ version: 1, removed: ["gone.txt"], touched: [] }, random)),
      }),
      () => ({
        kind: "delta note",
        bytes: withNote(JSON.stringify({ version: 1, removed: ["../gone.txt", "kept.txt"], touched: [] })),
      }),
      () => ({
        kind: "delta bomb",
        bytes: zstdCompressSync(
          Buffer.concat([
            tar.subarray(0, this.#noteBlocks()),
            tarHeader({ ...noteEntry, path: "new.txt", bytes: big }),
            tarEnd,
          ]),
        ),
      }),
      () => ({
        kind: "delta of another base",
        bytes: good,
        base: { ...this.#from, archive: this.#to.archive },
      }),
      () => ({ kind: "delta of a lost base", bytes: good, base: { ...this.#from, sha256: "0".repeat(64) } }),
    ])();
  }

  /** Bytes of the note, its header and its padding. */
  #noteBlocks(): number {
    const length = Number.parseInt(this.#tar.toString("latin1", 124, 135), 8);
    return blockBytes + length + paddingAfter(length);
  }

  #entries(): Buffer {
    return this.#tar.subarray(this.#noteBlocks());
  }
}

const noteEntry = { path: "delta.json", type: "file", mode: 0o600, modifiedMs: 0 } as const;
