/**
 * The SMS Provider through an administrator's eyes: what it answers, and what it refuses, in which words.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";
import { test as folderTest } from "../support/temporary-folder.ts";
import { allPoints, makeSource, TestHierarchy } from "../support/test-hierarchy.ts";

const test = folderTest.extend("hierarchy", { scope: "test" }, async ({ folder }, { onCleanup }) => {
  const hierarchy = await TestHierarchy.start(folder);
  onCleanup(() => hierarchy[Symbol.asyncDispose]());
  return hierarchy;
});

test("the central site knows every site below it, with its distribution points", async ({ hierarchy }) => {
  const { body } = await hierarchy.ask("CEN", "GET", "wmi/SMS_Site");
  expect(body).toEqual({
    value: [
      { SiteCode: "CEN", SiteName: "CEN", Type: 2, ReportingSiteCode: "", DistributionPoints: ["HQDP"] },
      {
        SiteCode: "CHI",
        SiteName: "CHI",
        Type: 2,
        ReportingSiteCode: "CEN",
        DistributionPoints: ["CHIDP1", "CHIDP2"],
      },
      { SiteCode: "MKE", SiteName: "MKE", Type: 1, ReportingSiteCode: "CHI", DistributionPoints: ["MKEDP"] },
    ],
  });
});

test("the central site answers who has which version, from what the sites replicated upwards", async ({
  hierarchy,
  folder,
}) => {
  const id = await hierarchy.addPackage(await makeSource(folder));
  await hierarchy.arrived(id, 1);
  const { body } = await hierarchy.ask(
    "CEN",
    "GET",
    `wmi/SMS_PackageStatusDistPointsSummarizer?$filter=PackageID eq '${id}'`,
  );
  const rows = (body as { value: Record<string, unknown>[] }).value;
  expect(
    rows.map(({ SiteCode, ServerName, SourceVersion, StateText }) => [
      SiteCode,
      ServerName,
      SourceVersion,
      StateText,
    ]),
  ).toEqual(allPoints.map(([site, server]) => [site, server, 1, "INSTALLED"]));
  const one = await hierarchy.ask("CEN", "GET", `wmi/SMS_Package('${id}')`);
  expect(one.body).toMatchObject({
    PackageID: id,
    Name: "Office Update",
    SourceVersion: 1,
    StoredPkgVersion: 1,
    SourceSite: "CEN",
  });
});

test("every mistake in a package is named at once, and nothing is made", async ({ hierarchy }) => {
  const shape = await hierarchy.ask("CEN", "POST", "wmi/SMS_Package", {
    Nam: "x",
    Priority: 7,
    PkgSourcePath: 3,
  });
  expect(shape.status).toBe(400);
  const targets = (shape.body as { error: { details: { target: string }[] } }).error.details.map(
    ({ target }) => target,
  );
  expect(targets.sort()).toEqual(["Name", "PkgSourcePath", "Priority", "body"]);

  const meaning = await hierarchy.ask("CEN", "POST", "wmi/SMS_Package", {
    Name: "x",
    PkgSourcePath: "/no/such/folder",
    DistributionPoints: [
      { SiteCode: "NYC", ServerName: "NYDP" },
      { SiteCode: "CHI", ServerName: "CHIDP9" },
    ],
  });
  expect(meaning).toEqual({
    status: 400,
    body: {
      error: {
        code: "INVALID",
        message: expect.any(String),
        details: [
          {
            target: "PkgSourcePath",
            message: 'there is no such folder at the site server, got "/no/such/folder"',
          },
          { target: "DistributionPoints.0", message: "site NYC is not known here (known: CEN, CHI, MKE)" },
          {
            target: "DistributionPoints.1",
            message: "site CHI has no distribution point CHIDP9 (it has: CHIDP1, CHIDP2)",
          },
        ],
      },
    },
  });
  expect((await hierarchy.ask("CEN", "GET", "wmi/SMS_Package")).body).toEqual({ value: [] });
});

test("a package is changed at the site that made it, and nowhere else", async ({ hierarchy, folder }) => {
  const id = await hierarchy.addPackage(await makeSource(folder));
  await hierarchy.arrived(id, 1);
  const { status, body } = await hierarchy.ask("CHI", "DELETE", `wmi/SMS_Package('${id}')`);
  expect(status).toBe(409);
  expect(body).toMatchObject({
    error: { message: expect.stringContaining(`package ${id} belongs to site CEN: change it there`) },
  });
});

test("a secondary site has no Provider and says where there is one", async ({ hierarchy }) => {
  const { status, body } = await hierarchy.ask("MKE", "GET", "wmi/SMS_Site");
  expect(status).toBe(404);
  expect(body).toMatchObject({
    error: { code: "NOT_PRIMARY", message: expect.stringContaining("ask site CHI") },
  });
});

test.for(["/AdminService/wmi/SMS_Site", "/site", "/events"])(
  "without the administrator's token %s is closed",
  async (path, { hierarchy }) => {
    for (const headers of [{}, { authorization: "Bearer not-the-token" }, { authorization: "Basic YTpi" }]) {
      const response = await fetch(`${hierarchy.site("CEN").url}${path}`, { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    }
  },
);

test("what is not there, or not allowed, is a clear refusal", async ({ hierarchy }) => {
  const cases = [
    ["GET", "wmi/SMS_Nothing", 404],
    ["GET", "wmi/SMS_Package('CEN00009')", 404],
    ["GET", "wmi/SMS_Package('../../etc')", 404],
    ["GET", "wmi/SMS_Program('x')", 400],
    ["DELETE", "wmi/SMS_Site('CHI')", 405],
    ["POST", "wmi/SMS_Package('CEN00009')/AdminService.Explode", 404],
    ["POST", "wmi/SMS_Package('CEN00009')/AdminService.constructor", 404],
    ["GET", "wmi/SMS_Package?$filter=Name like 'x'", 400],
    ["GET", "nothing", 404],
  ] as const;
  for (const [method, path, status] of cases) {
    expect(await hierarchy.ask("CEN", method, path), `${method} ${path}`).toMatchObject({
      status,
      body: { error: {} },
    });
  }
});

test("the OpenAPI document tells of every class, what it takes and what it gives", async ({ hierarchy }) => {
  const { status, body } = await hierarchy.ask("CEN", "GET", "openapi.json");
  expect(status).toBe(200);
  const document = body as {
    openapi: string;
    paths: Record<string, object>;
    components: { schemas: object };
  };
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      "/AdminService/wmi/SMS_Package",
      "/AdminService/wmi/SMS_Package('{PackageID}')",
      "/AdminService/wmi/SMS_Package('{PackageID}')/AdminService.RefreshPkgSource",
      "/AdminService/wmi/SMS_PackageStatusDistPointsSummarizer",
    ]),
  );
  expect(document.components.schemas).toHaveProperty(
    "SMS_Package.required",
    expect.arrayContaining(["Name", "PackageID"]),
  );
});

test("a client fetches a package from its distribution point, read-only and no further", async ({
  hierarchy,
  folder,
}) => {
  const source = await makeSource(folder);
  await mkdir(join(source, ".config"));
  await writeFile(join(source, ".config/settings"), "hidden, and part of the package");
  const id = await hierarchy.addPackage(source);
  await hierarchy.arrived(id, 1);
  const base = `${hierarchy.site("MKE").url}/SiteSystems/MKEDP/SMSPKGC$/${id}`;
  const listing = (await (await fetch(`${base}/`)).json()) as { entries: { name: string }[] };
  expect(listing.entries.map(({ name }) => name)).toEqual([
    ".config",
    "empty",
    "empty.cfg",
    "fr",
    "install",
    "readme.txt",
    "setup.sh",
  ]);
  expect(await (await fetch(`${base}/readme.txt`)).text()).toBe("version 1");
  expect(await (await fetch(`${base}/fr/aide/${encodeURIComponent("à propos.txt")}`)).text()).toBe("aide\n");
  expect(await (await fetch(`${base}/.config/settings`)).text()).toBe("hidden, and part of the package");
  expect((await fetch(`${base}/../.versions/${id}.1.1/readme.txt`)).status).toBe(404);
  for (const path of [
    "/../../../../site.key",
    "/%2e%2e/%2e%2e/%2e%2e/site.key",
    "/..%2f..%2f..%2f..%2fsite.key",
    "/nothing",
  ]) {
    expect((await fetch(`${base}${path}`)).status, path).toBe(404);
  }
  expect((await fetch(`${base}/readme.txt`, { method: "PUT", body: "x" })).status).toBe(404);
});
