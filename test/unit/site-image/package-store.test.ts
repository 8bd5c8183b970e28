import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import type { PackageContent } from "../../../domain/replication.ts";
import { compressFolder } from "../../../site-image/content/package-archive.ts";
import { applyDelta } from "../../../site-image/content/package-delta.ts";
import {
  rememberPackage,
  rememberReplicated,
  rememberStoredContent,
  storedContent,
} from "../../../site-image/database/packages.ts";
import { storedDeltas } from "../../../site-image/database/stored-deltas.ts";
import { PackageStore } from "../../../site-image/package-store.ts";
import { definitionOf } from "../../support/package-definition.ts";
import { test as siteTest } from "../../support/site-fixture.ts";
import type { SitePlace } from "../../support/site-place.ts";

const { id } = definitionOf();
const signal = new AbortController().signal;

const test = siteTest.extend("store", async ({ site }) => {
  await mkdir(site.place.folders.compressedCopies, { recursive: true });
  rememberPackage(site.database, definitionOf());
  const store = new PackageStore(site);
  await store.recover();
  return store;
});

/** Child `site` has taken in that version. */
function hold({ database }: SitePlace, site: string, heldVersion: number): void {
  const child = siteCode.parse(site);
  rememberReplicated(database, id, {
    ...{ site: child, definitionVersion: 1, sourceVersion: heldVersion, cancelledAt: 0 },
  });
  database.run("UPDATE replicated SET held_version = ? WHERE site = ?", heldVersion, site);
}

/** Has the store take in a version of which one small file in three is another than in the one before. */
async function replace(store: PackageStore, folder: string, sourceVersion: number) {
  const source = join(folder, "source");
  if (await mkdir(source, { recursive: true })) await writeFile(join(source, "kept"), randomBytes(20_000));
  await writeFile(join(source, `${sourceVersion % 3}`), `${sourceVersion}`.repeat(100));
  const { listing: _, ...made } = await compressFolder({ source, archive: store.temporary(id) });
  const content: PackageContent = { sourceVersion, ...made };
  await store.replace(id, { content, archive: store.temporary(id) }, () => {}, signal);
  return content;
}

/** The names of what is in SMSPKG, whose files are what their rows say. */
async function names({ place, database }: SitePlace): Promise<string[]> {
  const all = await readdir(place.folders.compressedCopies);
  const rows = storedDeltas(database, id).map(({ base }) => `${id}.DLT.${base.sourceVersion}`);
  expect(all.filter((name) => name.includes(".DLT."))).toEqual(rows);
  expect(await readdir(place.folders.compressing)).toEqual([]);
  return rows.map((name) => name.slice(id.length + 1));
}

test("deltas are kept from the versions that children hold, and lead to the copy from each of them", async ({
  site,
  store,
  folder,
}) => {
  const contents = new Map<number, { content: PackageContent; bytes: Buffer }>();
  hold(site, "MKE", 1);
  hold(site, "DET", 0);
  for (let version = 1; version <= 8; version++) {
    const content = await replace(store, folder, version);
    contents.set(version, { content, bytes: await readFile(site.place.folders.compressedCopy(id)) });
    if (version === 3) hold(site, "DET", 3);
    const wanted = [1, 3].filter(
      (base) => base < version && version - base <= 5 && (base === 1 || version > 3),
    );
    expect(await names(site), `version ${version}`).toEqual(wanted.map((base) => `DLT.${base}`));
    for (const base of wanted) {
      const from = contents.get(base);
      if (!from) throw new Error(`expected version ${base}`);
      const [archive, merged] = [join(folder, "base"), join(folder, "merged")];
      await writeFile(archive, from.bytes);
      await applyDelta({
        ...{ base: { archive, sha256: from.content.sha256 }, delta: site.place.folders.delta(id, base) },
        ...{
          archive: merged,
          sha256: content.sha256,
          maxFiles: content.files,
          maxBytes: content.sourceBytes,
        },
      });
      expect(await readFile(merged)).toEqual(contents.get(version)?.bytes);
    }
  }
  expect(await names(site)).toEqual(["DLT.3"]); // version 1 is too far back since version 7
});

test("no delta is made where no child holds anything, nor of a copy that was damaged", async ({
  site,
  store,
  folder,
}) => {
  await replace(store, folder, 1);
  await replace(store, folder, 2);
  expect(await names(site)).toEqual([]);
  hold(site, "MKE", 2);
  await writeFile(site.place.folders.compressedCopy(id), "damaged");
  const content = await replace(store, folder, 3);
  expect(await names(site)).toEqual([]);
  expect(storedContent(site.database, id)).toEqual(content);
});

test("a delta that is gone is not offered, and one that was not noted is removed at the start", async ({
  site,
  store,
  folder,
}) => {
  hold(site, "MKE", 1);
  await replace(store, folder, 1);
  const content = await replace(store, folder, 2);
  expect(store.delta(id, 1)?.base.sourceVersion).toBe(1);
  await rm(site.place.folders.delta(id, 1));
  expect(store.delta(id, 1)).toBeUndefined();
  rememberStoredContent(site.database, id, content); // as after a crash: the rows of the deltas went with the one before
  await writeFile(site.place.folders.delta(id, 1), "what was not noted");
  await store.recover();
  expect(await names(site)).toEqual([]);
});

test("deltas go with the copy", async ({ site, store, folder }) => {
  hold(site, "MKE", 1);
  await replace(store, folder, 1);
  await replace(store, folder, 2);
  await store.remove(id, () => {});
  expect(await names(site)).toEqual([]);
  expect(await readdir(site.place.folders.compressedCopies)).toEqual(["Temp"]);
});
