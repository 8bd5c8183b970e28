/** Folders for tests: made from a description, and described back, with nothing of the code under test. */
import {
  chmod,
  lstat,
  lutimes,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test as base } from "vitest";

import { leavesFolder } from "../../../site-image/content/link-target.ts";
import { removeFolder } from "../../../site-image/content/remove-folder.ts";

/** A fresh folder for one test. */
// biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern to see which fixtures this one uses
export const test = base.extend("temp", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "content-"));
  onCleanup(() => removeFolder(folder));
  return folder;
});

export type Tree = {
  readonly [name: string]:
    | string // a link and its target
    | { readonly mode: number; readonly contents: Uint8Array }
    | { readonly mode: number; readonly folder: Tree };
};

export const file = (contents: string | Uint8Array, mode = 0o644) => ({
  mode,
  contents: Buffer.from(contents),
});
export const folderOf = (folder: Tree, mode = 0o755) => ({ mode, folder });

/** Makes the folder `path` with everything in `tree`; times are whole seconds, different ones. */
export async function plant(path: string, tree: Tree, mode = 0o755): Promise<string> {
  await mkdir(path, { recursive: true });
  let seconds = 1_000_000_000;
  for (const [name, node] of Object.entries(tree)) {
    const inside = join(path, name);
    seconds += 61;
    if (typeof node === "string") {
      await symlink(node, inside);
      await lutimes(inside, seconds, seconds);
    } else if ("folder" in node) {
      await plant(inside, node.folder, node.mode);
    } else {
      await writeFile(inside, node.contents);
      await chmod(inside, node.mode);
      await utimes(inside, seconds, seconds);
    }
  }
  await utimes(path, seconds, seconds);
  await chmod(path, mode);
  return path;
}

/** Everything one can see of a folder, by path, with "." for itself: type, mode, time to the second, contents. */
export async function seen(folder: string, path = "."): Promise<Record<string, string>> {
  const stats = await lstat(join(folder, path));
  const time = Math.floor(stats.mtimeMs / 1000);
  const mode = (stats.mode & 0o7777).toString(8);
  if (stats.isSymbolicLink()) return { [path]: `link ${time} ${await readlink(join(folder, path))}` };
  if (stats.isFile()) {
    return { [path]: `file ${mode} ${time} ${(await readFile(join(folder, path))).toString("base64")}` };
  }
  const all: Record<string, string> = { [path]: `folder ${mode} ${time}` };
  for (const name of (await readdir(join(folder, path))).sort()) {
    Object.assign(all, await seen(folder, path === "." ? name : `${path}/${name}`));
  }
  return all;
}

const bytesOf = (text: string) => Buffer.byteLength(text);
const name = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 60, unit: "grapheme" }),
    fc.string({ minLength: 1, maxLength: 20, unit: "binary" }),
    fc.constantFrom("a", "b", "c", "-rf", "@a", "._x", "con", "c:\\x", "new\nline", "e\u0301", "\u00e9"),
  )
  .map((text) => text.replaceAll(/[/\0]/g, "_"))
  .filter((text) => text !== "." && text !== ".." && bytesOf(text) <= 255);
const target = fc.oneof(
  fc.constantFrom(".", "..", "a", "./b", "../a", "a/../b", "b/c", "../../a/b", "nowhere", "c/"),
  name.filter((text) => bytesOf(text) < 200),
);

// Whoever runs the tests can read everything: what cannot be read is another test.
const fileMode = fc.integer({ min: 0, max: 0o777 }).map((mode) => mode | 0o400);
export const folderMode = fc.integer({ min: 0, max: 0o777 }).map((mode) => mode | 0o500);

/** Trees a package can carry: unlikely names, any modes, empty files and folders, links that stay inside. */
export const anyTree: fc.Arbitrary<Tree> = fc
  .letrec<{ tree: Tree; node: Tree[string] }>((tie) => ({
    tree: fc.dictionary(name, tie("node"), { maxKeys: 6, noNullPrototype: true }),
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      { weight: 3, arbitrary: fc.record({ mode: fileMode, contents: fc.uint8Array({ maxLength: 1500 }) }) },
      { weight: 1, arbitrary: target },
      { weight: 2, arbitrary: fc.record({ mode: folderMode, folder: tie("tree") }) },
    ),
  }))
  .tree.map(withoutEscapes);

function withoutEscapes(tree: Tree): Tree {
  const links = new Map<string, string>();
  const collect = (inside: Tree, at: string): void => {
    for (const [name, node] of Object.entries(inside)) {
      if (typeof node === "string") links.set(at + name, node);
      else if ("folder" in node) collect(node.folder, `${at}${name}/`);
    }
  };
  const prune = (inside: Tree, at: string): Tree =>
    Object.fromEntries(
      Object.entries(inside).flatMap(([name, node]): [string, Tree[string]][] => {
        if (typeof node === "string") return leavesFolder(links, at + name) ? [] : [[name, node]];
        if (!("folder" in node)) return [[name, node]];
        return [[name, { ...node, folder: prune(node.folder, `${at}${name}/`) }]];
      }),
    );
  collect(tree, "");
  return prune(tree, "");
}
