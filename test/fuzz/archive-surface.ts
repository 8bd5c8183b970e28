/**
 * Package archives with a defect, unpacked by the real reader with the digest they have, so that nothing but the reader
 * stands in their way; or damaged after their digest was taken. `equal`: what was unpacked is what the good archive has.
 * After each, nothing may be outside of the folder. And deltas between two versions (delta-tries.ts).
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";

import { Header } from "tar/header";
import { Pax } from "tar/pax";

import { ArchiveDamagedError, ArchiveRefusedError } from "../../site-image/content/content-error.ts";
import { uncompressArchive } from "../../site-image/content/package-archive.ts";
import { tarEnd } from "../../site-image/content/tar-entry.ts";
import type { Random } from "../support/random.ts";
import { DeltaTries } from "./delta-tries.ts";
import type { Answer, Surface } from "./surface.ts";

type Fields = Exclude<ConstructorParameters<typeof Header>[0], Buffer | undefined>;
type Try = { readonly kind: string; readonly bytes: Buffer; readonly sha256?: string; readonly at?: number };

const perBatch = 20;
const limits = { maxFiles: 10, maxBytes: 4000 };

function header(fields: Fields): Buffer {
  const block = Buffer.alloc(512);
  const common = { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: new Date(0), type: "File" as const };
  new Header({ ...common, ...fields } as Fields).encode(block);
  return block;
}

const content = Buffer.alloc(1024, "content\n");
const goodBlocks = [
  header({ path: "a/", type: "Directory", mode: 0o755 }),
  header({ path: "a/f", size: content.length }),
  content,
  header({ path: "l", type: "SymbolicLink", linkpath: "a/f" }),
  tarEnd,
];
const goodTar = Buffer.concat(goodBlocks);
const good = zstdCompressSync(goodTar);
const goodSha256 = digestOf(good);
/** Where the headers are in `goodTar`: a change elsewhere would make another archive, and a good one. */
const headerOffsets = [0, 512, 512 + 512 + content.length] as const;

export async function archiveSurface(folder: string): Promise<Surface> {
  const around = join(folder, "archives");
  await mkdir(join(around, "inside"), { recursive: true });
  const deltas = await DeltaTries.make(join(folder, "deltas"));
  const outside = "secret.txt";
  await writeFile(join(around, outside), "not to be touched");
  return {
    async attack(random) {
      const answers: Answer[] = [];
      for (let n = 0; n < perBatch; n += 1) {
        if (random.chance(0.2)) {
          answers.push(await deltas.attack(random));
          continue;
        }
        const one = hostile(random);
        const answer = await unpack(around, one);
        const left = (await readdir(around)).sort().join();
        const inside = (await readdir(join(around, "inside"))).join();
        answers.push(
          left === `inside,package.PKG,${outside}` && inside === "out"
            ? answer
            : { ...answer, verdict: "accepted", label: `left the folder: ${left} ${inside}` },
        );
      }
      return answers;
    },
    [Symbol.asyncDispose]: () => rm(around, { recursive: true, force: true }),
  };
}

async function unpack(around: string, { kind, bytes, sha256, at }: Try): Promise<Answer> {
  const input = at === undefined ? kind : `${kind} ${at}`;
  const archive = join(around, "package.PKG");
  const folder = join(around, "inside", "out");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await writeFile(archive, bytes);
  try {
    await uncompressArchive({ archive, folder, sha256: sha256 ?? digestOf(bytes), ...limits });
    const found = (await readdir(folder, { recursive: true })).sort().join();
    return { verdict: found === "a,a/f,l" ? "equal" : "accepted", kind, label: "unpacked", input };
  } catch (error) {
    const isRefused = error instanceof ArchiveRefusedError || error instanceof ArchiveDamagedError;
    const label = error instanceof Error ? error.name : String(error);
    return { verdict: isRefused ? "refused" : "crashed", kind, label, input: `${input}: ${error}` };
  }
}

function hostile(random: Random): Try {
  const up = "../".repeat(random.between(1, 12));
  const name = `n${random.between(0, 999)}`;
  const bad = (kind: string, ...blocks: Buffer[]): Try => ({
    kind,
    bytes: zstdCompressSync(Buffer.concat([...blocks, tarEnd])),
  });
  const pick: [() => Try, ...(() => Try)[]] = [
    () => bad("..", header({ path: `${random.chance(0.5) ? "./" : ""}${up}${name}` })),
    () => bad("pax ..", new Pax({ path: `${up}${name}` }).encode(), header({ path: name })),
    () => bad("absolute", header({ path: `/${random.pick(["tmp", "etc", "/", "proc/self"])}/${name}` })),
    () => bad("link out", header({ path: name, type: "SymbolicLink", linkpath: `${up}secret.txt` })),
    () => bad("absolute link", header({ path: name, type: "SymbolicLink", linkpath: `/${name}` })),
    () =>
      bad(
        "through a link",
        header({ path: "l", type: "SymbolicLink", linkpath: "." }),
        header({ path: `l/${name}` }),
      ),
    () =>
      bad(
        "device",
        header({
          path: name,
          type: random.pick(["BlockDevice", "CharacterDevice", "FIFO", "Link", "ContiguousFile"]),
        }),
      ),
    () => bad("bomb by size", header({ path: name, size: random.between(4001, 2 ** 33 - 1) })),
    () =>
      bad(
        "bomb of zeros",
        header({ path: name, size: 4001 }),
        Buffer.alloc(random.between(1, 8) * 1024 * 1024),
      ),
    () =>
      bad(
        "bomb by count",
        ...Array.from({ length: random.between(11, 500) }, (_, n) => header({ path: `${name}-${n}` })),
      ),
    () => bad("twice", header({ path: name }), header({ path: name })),
    () => bad("more after its end", tarEnd, random.bytes(random.between(1, 5000))),
    () => ({ kind: "wrong digest", bytes: good, sha256: digestOf(random.bytes(8)) }),
    () => {
      const at = random.between(0, good.length - 1);
      const changed = Buffer.from(good);
      changed[at] = (changed[at] ?? 0) ^ (1 << random.between(0, 7));
      return { kind: "bit", at, bytes: changed, sha256: goodSha256 };
    },
    () => ({ kind: "cut", bytes: good.subarray(0, random.between(0, good.length - 1)) }),
    () => {
      const blocks = random.between(0, goodTar.length / 512 - 3); // without its end
      return {
        kind: "truncated at a block",
        at: blocks,
        bytes: zstdCompressSync(goodTar.subarray(0, blocks * 512)),
      };
    },
    () => {
      const changed = Buffer.from(goodTar);
      const at = random.pick(headerOffsets) + random.between(0, 511);
      changed[at] = random.between(0, 255);
      return { kind: "header byte", at, bytes: zstdCompressSync(changed) };
    },
    () => ({ kind: "noise", bytes: random.bytes(random.between(0, 2000)) }),
    () => bad("noise inside", random.bytes(random.between(1, 10) * 512)),
  ];
  // A bomb of megabytes is a thousand times the work of the others.
  const chosen = random.pick(pick);
  return chosen === pick[8] && !random.chance(0.05) ? hostile(random) : chosen();
}

function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
