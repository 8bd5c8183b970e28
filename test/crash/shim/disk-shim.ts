/**
 * Loaded into a site that the matrix started, before the site itself: every function of node:fs that changes the disk,
 * and every commit of node:sqlite, goes through the gate (gate.ts). Which operations are the last, or the first of a
 * disk that fails, is told over the channel of the process (orders.ts), and what is left of them by the process before.
 * Ends the site when the process that started it is gone.
 */
import fs from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { flushCompileCache, syncBuiltinESMExports } from "node:module";
import { Socket } from "node:net";
import { resolve } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";

import { type Describe, describing } from "./described.ts";
import { databaseError, systemError } from "./disk-faults.ts";
import { Gate, type Operation } from "./gate.ts";
import { order, type Report } from "./orders.ts";
import { stashOf } from "./unflushed.ts";

type Method = (this: unknown, ...values: unknown[]) => unknown;
type Methods = Record<string, Method>;
type Callback = (error: unknown, ...results: unknown[]) => void;

const root = resolve(process.env.SPOOLNET_ROOT ?? "");
const tell = (report: Report) => process.send?.(report, () => {}); // whoever is gone needs no telling
const gate = new Gate({ root, stash: stashOf(root), tell });
const paths = new Map<number, string>();
const described = describing(gate, (descriptor) => paths.get(descriptor));
const sync = fs as unknown as Methods;
const promises = fs.promises as unknown as Methods;

// Taken before anything counts, for the methods of handles.
const someHandle = await fs.promises.open(process.execPath, "r");
const handles = Object.getPrototypeOf(someHandle) as Methods;
await someHandle.close();

/** Replaces a method by what `around` makes of it. */
function replace(object: Methods, name: string, around: (original: Method) => Method): void {
  const original = object[name];
  if (!original) throw new Error(`there is no ${name} to count`);
  object[name] = around(original);
}

const throwing =
  (describe: Describe) =>
  (original: Method): Method =>
    function (...values) {
      const operation = describe(...values);
      return operation
        ? gate.pass(operation, () => original.apply(this, values))
        : original.apply(this, values);
    };

const rejecting =
  (describe: Describe) =>
  (original: Method): Method =>
    async function (...values) {
      return throwing(describe)(original).apply(this, values);
    };

const callingBack =
  (describe: Describe) =>
  (original: Method): Method =>
    function (...values) {
      const operation = describe(...values.slice(0, -1));
      const callback = values.at(-1);
      if (!operation || typeof callback !== "function") return original.apply(this, values);
      const act = () =>
        new Promise<unknown[]>((done, failed) => {
          const settle: Callback = (error, ...results) => (error ? failed(error) : done(results));
          original.apply(this, [...values.slice(0, -1), settle]);
        });
      passed(operation, act).then(
        (results) => process.nextTick(callback as Callback, null, ...results),
        (error) => process.nextTick(callback as Callback, error),
      );
    };

async function passed<Result>(operation: Operation, act: () => Promise<Result>): Promise<Result> {
  return await gate.pass(operation, act);
}

const ofHandle =
  (describe: Describe): Describe =>
  (handle, ...values) =>
    describe((handle as FileHandle).fd, ...values);

for (const [name, describe] of Object.entries(described.paths)) {
  replace(sync, `${name}Sync`, throwing(describe));
  replace(promises, name, rejecting(describe));
  replace(sync, name, callingBack(describe));
}
for (const [name, describe] of Object.entries(described.descriptors)) {
  replace(sync, `${name}Sync`, throwing(describe));
  replace(sync, name, callingBack(describe));
}
const { write, writev, fsync, fdatasync, ftruncate } = described.descriptors;
for (const [name, describe] of Object.entries({
  write,
  writev,
  sync: fsync,
  datasync: fdatasync,
  truncate: ftruncate,
})) {
  replace(
    handles,
    name,
    (original) =>
      function (...values) {
        return rejecting(() => ofHandle(describe)(this, ...values))(original).apply(this, values);
      },
  );
}

// A file that is opened is known by its path from then on.
const opening = (path: unknown) => {
  const file = resolve(String(path));
  if (gate.placeOf(file) !== undefined) gate.opens((code) => systemError(code, "open", file));
};
const known = (descriptor: unknown, path: unknown) => paths.set(Number(descriptor), resolve(String(path)));
replace(
  sync,
  "openSync",
  (original) =>
    function (...values) {
      opening(values[0]);
      const descriptor = throwing(described.open)(original).apply(this, values);
      known(descriptor, values[0]);
      return descriptor;
    },
);
replace(
  promises,
  "open",
  (original) =>
    async function (...values) {
      opening(values[0]);
      const handle = (await throwing(described.open)(original).apply(this, values)) as FileHandle;
      known(handle.fd, values[0]);
      return handle;
    },
);
replace(
  sync,
  "open",
  (original) =>
    function (...values) {
      const callback = values.at(-1) as Callback;
      const opened: Callback = (error, descriptor) => {
        if (!error) known(descriptor, values[0]);
        callback(error, descriptor);
      };
      try {
        opening(values[0]);
      } catch (error) {
        return process.nextTick(callback, error);
      }
      return callingBack(described.open)(original).apply(this, [...values.slice(0, -1), opened]);
    },
);
for (const name of ["readFile", "readdir"]) {
  const checked = (original: Method): Method =>
    async function (...values) {
      opening(values[0]);
      return await original.apply(this, values);
    };
  replace(promises, name, checked);
}

// What writes a whole file in one call, as the steps that it is made of.
type WriteOptions = { flag?: string; mode?: number; flush?: boolean } | string | undefined;
const asOptions = (options: WriteOptions) => (typeof options === "object" ? options : {});
const asBytes = (data: unknown) => (typeof data === "string" ? Buffer.from(data) : (data as Uint8Array));
fs.promises.writeFile = (async (path: string, data: unknown, given?: WriteOptions) => {
  const options = asOptions(given);
  const bytes = asBytes(data);
  await using handle = await fs.promises.open(path, options.flag ?? "w", options.mode);
  for (let written = 0; written < bytes.length; )
    written += (await handle.write(bytes, written)).bytesWritten;
  if (options.flush) await handle.sync();
}) as typeof fs.promises.writeFile;
fs.writeFileSync = ((path: string, data: unknown, given?: WriteOptions) => {
  const options = asOptions(given);
  const bytes = asBytes(data);
  const descriptor = fs.openSync(path, options.flag ?? "w", options.mode);
  try {
    for (let written = 0; written < bytes.length; ) written += fs.writeSync(descriptor, bytes, written);
    if (options.flush) fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}) as typeof fs.writeFileSync;

// The site database: a commit is an operation, named by the tables that it changes.
let changed: Set<string> | undefined;
let isFlushed = true;
const tableOf = (sql: string) => /(?:INTO|UPDATE|FROM)\s+(\w+)/i.exec(sql)?.[1] ?? sql.slice(0, 20);
const commit = (tables: Iterable<string>): Operation => ({
  kind: "commit",
  place: [...tables].join("+"),
  nature: "needs room",
  error: databaseError,
  prepare: (unflushed) => (isFlushed ? () => unflushed.committed() : undefined),
});
replace(
  DatabaseSync.prototype as unknown as Methods,
  "exec",
  (original) =>
    function (...values) {
      const sql = String(values[0]);
      const synchronous = [...sql.matchAll(/synchronous\s*=\s*(\w+)/gi)].at(-1)?.[1];
      if (synchronous) isFlushed = synchronous.toUpperCase() === "FULL";
      if (sql !== "COMMIT") {
        if (sql === "BEGIN IMMEDIATE") changed = new Set();
        if (sql === "ROLLBACK") changed = undefined;
        return original.apply(this, values);
      }
      const result = gate.pass(commit(changed ?? []), () => original.apply(this, values));
      changed = undefined;
      return result;
    },
);
replace(
  StatementSync.prototype as unknown as Methods,
  "run",
  (original) =>
    function (...values) {
      const table = tableOf((this as StatementSync).sourceSQL);
      if (!changed) return gate.pass(commit([table]), () => original.apply(this, values));
      changed.add(table);
      return original.apply(this, values);
    },
);

// What leaves the process is what others may act on; its own output is not.
replace(
  Socket.prototype as unknown as Methods,
  "_writeGeneric",
  (original) =>
    function (...values) {
      if (this !== process.stdout && this !== process.stderr) gate.speaks();
      return original.apply(this, values);
    },
);
syncBuiltinESMExports();

process.on("message", (message) => {
  const told = order.parse(message);
  if (told.do === "fail") return gate.beginFault(told.code);
  if (told.do === "end the fault") return gate.endFault();
  if (told.do === "go on") return gate.goOn();
  if (told.do === "tell") return tell({ said: "operations", all: [...gate.operations] });
  if (told.do === "begin") {
    gate.begin(told.phase);
    return tell({ said: "begun" });
  }
  flushCompileCache(); // a process that is killed would not keep it
  const met = [...gate.met];
  gate.count(told.targets);
  return tell({ said: "counting", met });
});
process.once("disconnect", () => process.exit(1));
