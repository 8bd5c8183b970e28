import fc from "fast-check";
import { expect } from "vitest";

import { jobIdOf, packageId, siteCode } from "../../../domain/identifiers.ts";
import {
  cancelRequest,
  endRequest,
  holdRequest,
  openWishes,
  releaseRequest,
  requestById,
  requestFor,
} from "../../../site-image/database/send-requests.ts";
import type { SiteDatabase } from "../../../site-image/database/site-database.ts";
import { test } from "../../support/site-fixture.ts";

const [chi, mke] = ["CHI", "MKE"].map((code) => siteCode.parse(code)) as [
  ReturnType<typeof siteCode.parse>,
  ReturnType<typeof siteCode.parse>,
];

function requestOf(database: SiteDatabase, job: number, id: string, sourceVersion: number) {
  const content = { packageId: packageId.parse(id), sourceVersion };
  const made = { job: jobIdOf(job), priority: "medium", destination: mke, finalSite: mke, content } as const;
  return requestFor(database, made, chi);
}

test("in whatever order versions come, and however often, only the newest is left to be sent", ({ site }) => {
  let packages = 0;
  let jobs = 0;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 }), (versions) => {
      const id = `CEN${(++packages).toString(16).toUpperCase().padStart(5, "0")}`;
      const made = versions.map((version) => {
        const job = ++jobs;
        const { id: request } = requestOf(site.database, job, id, version);
        expect(requestOf(site.database, job, id, version).id).toBe(request); // its job comes twice
        return { version, request };
      });
      const newest = Math.max(...versions);
      for (const { version, request } of made) {
        const { wish = "", reason } = requestById(site.database, request) ?? {};
        expect(wish).toBe(version === newest ? "" : "supersede");
        if (version < newest) expect(reason).toMatch(/^superseded by version \d$/);
      }
    }),
    { numRuns: 30 },
  );
});

test("a job that a crash brings again after its request ended makes no second one", ({ site }) => {
  const { id } = requestOf(site.database, 1, "CEN00001", 1);
  endRequest(site.database, id, true);
  expect(requestOf(site.database, 1, "CEN00001", 1)).toMatchObject({ id, ended: true });
});

test("what has ended or is withdrawn takes no more wishes", ({ site: { database } }) => {
  const { id } = requestOf(database, 1, "CEN00001", 1);
  expect([holdRequest(database, id), releaseRequest(database, id), releaseRequest(database, id)]).toEqual([
    true,
    true,
    false,
  ]);
  expect([cancelRequest(database, id), holdRequest(database, id), cancelRequest(database, id)]).toEqual([
    true,
    false,
    false,
  ]);
  expect([...openWishes(database).keys()]).toEqual([id]);
  endRequest(database, id, false);
  expect(openWishes(database).size).toBe(0);
  expect(holdRequest(database, id)).toBe(false);
});
