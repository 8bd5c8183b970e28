import { expect, test } from "vitest";

import { distributionPlan } from "../../../domain/distribution-plan.ts";
import { serverName, siteCode } from "../../../domain/identifiers.ts";
import { type PackageDefinition, packageDefinition } from "../../../domain/package.ts";

const here = siteCode.parse("CEN");
const chicago = siteCode.parse("CHI");
const sites = [
  { code: here, type: "primary", parent: null },
  { code: chicago, type: "primary", parent: here },
  { code: siteCode.parse("MKE"), type: "secondary", parent: chicago },
  { code: siteCode.parse("DEN"), type: "primary", parent: here },
] as const;

function office(
  change: Partial<PackageDefinition> = {},
  points: [site: string, server: string][] = [["MKE", "MKEDP"]],
) {
  return packageDefinition.parse({
    id: "CEN00001",
    name: "Office Update",
    source: "direct",
    priority: "high",
    preferredSender: "*",
    sourceVersion: 2,
    definitionVersion: 5,
    deleted: false,
    redistribution: 0,
    programs: [],
    distributionPoints: points.map(([site, server]) => ({ site, server })),
    icon: "",
    ...change,
  });
}

test("a child gets one copy, for itself and all sites below it", () => {
  const { children, childrenNeedCopy, servers } = distributionPlan(
    office({}, [
      ["CEN", "HQDP"],
      ["CHI", "CHIDP1"],
      ["MKE", "MKEDP"],
    ]),
    here,
    sites,
    [],
  );
  expect(servers).toEqual([serverName.parse("HQDP")]);
  expect(childrenNeedCopy).toBe(true);
  expect(children.map(({ child }) => child)).toEqual(["CHI"]);
  expect(children[0]?.definition.distributionPoints.map(({ server }) => server)).toEqual(["CHIDP1", "MKEDP"]);
});

test("a child that is no distribution point's site and never heard of the package is left alone", () => {
  const { children } = distributionPlan(office(), here, sites, []);
  expect(children.map(({ child, needsContent }) => ({ child, needsContent }))).toEqual([
    { child: "CHI", needsContent: true },
  ]);
});

test("a child that was told everything is told nothing more", () => {
  const told = [{ site: chicago, definitionVersion: 5, sourceVersion: 2, cancelledAt: 0 }];
  expect(distributionPlan(office(), here, sites, told).children).toEqual([]);
});

test("a child that holds the content is told only of a changed definition", () => {
  const told = [{ site: chicago, definitionVersion: 4, sourceVersion: 2, cancelledAt: 0 }];
  expect(distributionPlan(office(), here, sites, told).children).toMatchObject([
    { child: "CHI", needsDefinition: true, needsContent: false },
  ]);
});

test("content that an administrator cancelled is sent again once the package is changed, and not before", () => {
  const told = [{ site: chicago, definitionVersion: 5, sourceVersion: 2, cancelledAt: 5 }];
  expect(distributionPlan(office(), here, sites, told).children).toEqual([]);
  const changed = office({ definitionVersion: 6 });
  expect(distributionPlan(changed, here, sites, told).children).toMatchObject([
    { child: "CHI", needsDefinition: true, needsContent: true },
  ]);
});

test("a child that lost its last distribution point is told so, without content", () => {
  const told = [{ site: chicago, definitionVersion: 4, sourceVersion: 1, cancelledAt: 0 }];
  const { children, childrenNeedCopy } = distributionPlan(office({}, []), here, sites, told);
  expect(childrenNeedCopy).toBe(false);
  expect(children).toMatchObject([
    { child: "CHI", needsContent: false, definition: { distributionPoints: [] } },
  ]);
});

test("a deleted package is wanted nowhere, and whoever was told of it is told of that", () => {
  const told = [{ site: chicago, definitionVersion: 4, sourceVersion: 2, cancelledAt: 0 }];
  const plan = distributionPlan(
    office({ deleted: true }, [
      ["CEN", "HQDP"],
      ["MKE", "MKEDP"],
    ]),
    here,
    sites,
    told,
  );
  expect(plan.servers).toEqual([]);
  expect(plan.children).toMatchObject([{ child: "CHI", needsContent: false, definition: { deleted: true } }]);
});

test("a package without source files is told to the child that has it, and copied nowhere", () => {
  const plan = distributionPlan(office({ source: "none" }), here, sites, []);
  expect(plan).toMatchObject({ servers: [], childrenNeedCopy: false, children: [{ needsContent: false }] });
});
