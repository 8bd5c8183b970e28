/**
 * What the functions of node:fs that change a disk are about to do, from what they are given: nothing where it is not
 * the site's disk, or where nothing would change.
 */
import fs, { constants } from "node:fs";
import { resolve } from "node:path";

import { systemError } from "./disk-faults.ts";
import type { Gate, Operation } from "./gate.ts";

const { existsSync, lstatSync, statSync } = fs; // as they are before they count

export type Describe = (...values: readonly unknown[]) => Operation | undefined;
type Bytes = { readonly descriptor: number; readonly path: string };

/** `pathOf`: the path that an open descriptor was opened by. */
export function describing(gate: Gate, pathOf: (descriptor: number) => string | undefined) {
  const of = (
    kind: string,
    path: string,
    nature: Operation["nature"],
    prepare?: Operation["prepare"],
  ): Operation | undefined => {
    const place = gate.placeOf(path);
    if (place === undefined) return undefined;
    return {
      kind,
      place,
      nature,
      error: (code) => systemError(code, kind, path),
      ...(prepare && { prepare }),
    };
  };
  const makes = (kind: string, at: unknown, isWritten = false) => {
    const path = resolve(String(at));
    if (lstatSync(path, { throwIfNoEntry: false })) return undefined; // it fails, or there is nothing to do
    return of(kind, path, "needs room", (unflushed) => () => unflushed.made(path, isWritten));
  };
  const removes = (at: unknown) => {
    const path = resolve(String(at));
    if (!lstatSync(path, { throwIfNoEntry: false })) return undefined;
    return of("remove", path, "changes", (unflushed) => {
      const back = unflushed.keeps(path);
      return () => unflushed.removed(path, back);
    });
  };
  const onOpen = (
    kind: string,
    nature: Operation["nature"],
    prepare: (bytes: Bytes) => Operation["prepare"],
  ) =>
    ((descriptor: number) => {
      const path = pathOf(descriptor);
      return path === undefined ? undefined : of(kind, path, nature, prepare({ descriptor, path }));
    }) as Describe;
  const shortens = (at: unknown) => {
    const path = resolve(String(at));
    return of("truncate", path, "changes", (unflushed) => () => unflushed.shortened(path));
  };
  const flush = onOpen(
    "flush",
    "flushes",
    ({ descriptor, path }) =>
      (unflushed) =>
        unflushed.flushes(descriptor, path),
  );
  const write = onOpen("write", "needs room", ({ descriptor, path }) => (unflushed) => {
    unflushed.writes(descriptor, path);
    return undefined;
  });
  const truncate = onOpen(
    "truncate",
    "changes",
    ({ path }) =>
      (unflushed) =>
      () =>
        unflushed.shortened(path),
  );

  return {
    /** Of what takes paths, by the name of the function. */
    paths: {
      rename: (from, to) => {
        const [source, target] = [resolve(String(from)), resolve(String(to))];
        if (!lstatSync(source, { throwIfNoEntry: false })) return undefined;
        return of("rename", target, "changes", (unflushed) => {
          const back = unflushed.keeps(target);
          return () => unflushed.renamed(source, target, back);
        });
      },
      link: (_from, to) => makes("link", to),
      symlink: (_target, path) => makes("symlink", path),
      copyFile: (_from, to) => makes("copy", to, true),
      mkdir: (path) => makes("mkdir", path),
      unlink: removes,
      rm: removes,
      rmdir: removes,
      truncate: shortens,
    } satisfies Record<string, Describe>,
    /** Of what takes an open descriptor. */
    descriptors: { write, writev: write, fsync: flush, fdatasync: flush, ftruncate: truncate },
    /** Opening a file makes or empties it, or changes nothing. */
    open: ((path, flags = "r") => {
      const file = resolve(String(path));
      const has = (flag: number, letters: RegExp) =>
        typeof flags === "number" ? (flags & flag) !== 0 : letters.test(String(flags));
      if (has(constants.O_CREAT, /[wa]/) && !existsSync(file)) return makes("create", file);
      const isEmptied = has(constants.O_TRUNC, /w/) && !has(constants.O_EXCL, /x/) && existsSync(file);
      return isEmptied && statSync(file).size > 0 ? shortens(file) : undefined;
    }) as Describe,
  };
}
