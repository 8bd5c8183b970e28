import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type Hearer, type Speaker, standingOf, whyNotInstructed } from "../../../domain/authority.ts";
import {
  hierarchyMistakes,
  type SiteInformation,
  siteInformation,
  subtreeOf,
} from "../../../domain/hierarchy.ts";
import { type SiteCode, siteCode } from "../../../domain/identifiers.ts";
import { packageStatus } from "../../../domain/package-status.ts";
import type { ReplicationObject } from "../../../domain/replication.ts";
import { definitionOf } from "../../support/package-definition.ts";

const code = (text: string) => siteCode.parse(text);

function site(
  text: string,
  parent: string | null,
  type: "primary" | "secondary" = "primary",
): SiteInformation {
  return siteInformation.parse({ code: text, name: text, type, parent, distributionPoints: [] });
}

const atMs = 1000;
/** CHI hears, below CEN; MKE and BOS are its children, MAD is below MKE. */
const chicago: Hearer = {
  here: code("CHI"),
  parent: code("CEN"),
  sites: [site("CHI", "CEN"), site("MKE", "CHI"), site("BOS", "CHI"), site("MAD", "MKE", "secondary")],
  nowMs: atMs,
};
const cen: Speaker = { code: code("CEN"), relation: "parent" };
const mke: Speaker = { code: code("MKE"), relation: "child" };

const may = (object: ReplicationObject, from: Speaker, hearer = chicago) =>
  standingOf(object, from, hearer).may;
const definition = (id: string): ReplicationObject => ({ kind: "package", definition: definitionOf({ id }) });
const claim = (...sites: SiteInformation[]): ReplicationObject => ({ kind: "sites", sites, atMs });
const removal = (...sites: string[]): ReplicationObject => ({
  kind: "sitesRemoved",
  sites: sites.map(code),
  atMs,
});
const status = (at: string): ReplicationObject => ({
  kind: "packageStatus",
  rows: [
    packageStatus.parse({
      ...{ packageId: "CEN00001", site: at, server: "", state: "installed", sourceVersion: 1 },
      ...{ redistribution: 0, sequence: 1, changedMs: 0, reason: "" },
    }),
  ],
});
const asking = (at: string): ReplicationObject => ({
  kind: "contentRequest",
  packageId: definitionOf().id,
  sourceVersion: 1,
  site: code(at),
});

describe("a package", () => {
  test("is taken from the parent", () => expect(may(definition("CEN00001"), cen)).toBe("take"));
  test("is not taken from a child", () => expect(may(definition("CEN00001"), mke)).toBe("refuse"));
  test.for(["CHI00001", "MKE00001", "MAD00001"])(
    "%s, made here or below, is not the parent's to define",
    (id) => {
      expect(may(definition(id), cen)).toBe("refuse");
    },
  );
});

describe("a child", () => {
  test.for(["MKE", "MAD"])("tells what %s holds, which is itself or below it", (at) => {
    expect(may(status(at), mke)).toBe("take");
  });
  test("does not tell what its parent holds", () => expect(may(status("CHI"), mke)).toBe("refuse"));
  test("does not tell what its sister holds", () => expect(may(status("BOS"), mke)).toBe("wait"));
  test("asks for content in its own name only", () => {
    expect(may(asking("MKE"), mke)).toBe("take");
    expect(may(asking("BOS"), mke)).toBe("refuse");
    expect(may(asking("MAD"), mke)).toBe("refuse");
  });
  test("tells of a new site below it", () => {
    expect(may(claim(site("MKE", "CHI"), site("XYZ", "MKE")), mke)).toBe("take");
  });
  test("is not somewhere else than where it is", () => {
    expect(may(claim(site("MKE", "BOS")), mke)).toBe("refuse");
    expect(may(claim(site("MKE", null)), mke)).toBe("refuse");
  });
  test.for(["CHI", "CEN"])("has not site %s above it below it", (above) => {
    expect(may(claim(site(above, "MKE")), mke)).toBe("refuse");
  });
  test("has its sister below it only once that is removed elsewhere", () => {
    const without = { ...chicago, sites: chicago.sites.filter((one) => one.code !== "BOS") };
    expect(may(claim(site("BOS", "MKE")), mke)).toBe("wait");
    expect(may(claim(site("BOS", "MKE")), mke, without)).toBe("take");
  });
  test("tells of a site below one that is not known yet, and that waits", () => {
    expect(may(claim(site("XYZ", "ABC")), mke)).toBe("wait");
  });
  test("has nobody below a secondary site", () => {
    expect(may(claim(site("XYZ", "MAD")), mke)).toBe("refuse");
    expect(may(claim(site("MKE", "CHI", "secondary")), mke)).toBe("refuse");
  });
  test("removes what is below it, and nobody else", () => {
    expect(may(removal("MAD"), mke)).toBe("take");
    expect(may(removal("XYZ"), mke), "it may have come and gone").toBe("take");
    for (const other of ["BOS", "CHI", "MKE"]) expect(may(removal("MAD", other), mke), other).toBe("refuse");
  });
  test("does not tell of moments to come", () => {
    expect(may({ ...claim(), atMs: atMs + 1 } as ReplicationObject, mke)).toBe("wait");
    expect(may({ ...removal(), atMs: atMs + 1 } as ReplicationObject, mke)).toBe("wait");
  });
  test("sends no content and has nothing passed on to others", () => {
    expect(whyNotInstructed("package", chicago.here, mke, chicago)).toMatch(/parent alone/);
    for (const other of ["BOS", "MAD", "CEN"])
      expect(whyNotInstructed("replication", code(other), mke, chicago)).toMatch(/not passed on/);
    expect(whyNotInstructed("replication", chicago.here, mke, chicago)).toBeUndefined();
  });
});

describe("the parent", () => {
  test.for([status("MKE"), claim(site("CEN", null)), removal("MKE"), asking("CEN")])(
    "tells nothing that only those below can: %j",
    (object) => expect(may(object, cen)).toBe("refuse"),
  );
  test("has passed on what is for a site below, and for no other", () => {
    expect(whyNotInstructed("replication", code("MAD"), cen, chicago)).toBeUndefined();
    expect(whyNotInstructed("replication", code("XYZ"), cen, chicago)).toMatch(/not below CHI/);
    expect(whyNotInstructed("package", code("MAD"), cen, chicago)).toMatch(/is for site MAD/);
  });
});

test("whatever a child claims, what is taken leaves a sound tree and everybody else's sites where they were", () => {
  const codes = ["CEN", "CHI", "MKE", "BOS", "MAD", "XYZ", "ABC"];
  const claimed = fc.record({
    name: fc.constantFrom(...codes),
    parent: fc.constantFrom(...codes, null),
    type: fc.constantFrom("primary" as const, "secondary" as const),
  });
  fc.assert(
    fc.property(fc.uniqueArray(claimed, { selector: ({ name }) => name, maxLength: 5 }), (claims) => {
      const sites = claims.map(({ name, parent, type }) => site(name, parent, type));
      if (may(claim(...sites), mke) !== "take") return;
      const merged = [
        ...chicago.sites.filter((one) => !sites.some((other) => other.code === one.code)),
        ...sites,
      ];
      const whole = [site("CEN", null), ...merged];
      expect(hierarchyMistakes(whole)).toEqual([]);
      const others = (all: readonly SiteInformation[]) => {
        const below = subtreeOf(all, mke.code);
        return all.filter((one) => !below.has(one.code));
      };
      expect(others(merged)).toEqual(others(chicago.sites));
    }),
    { numRuns: 2000 },
  );
});

test("whatever is removed in a child's name, nobody above it or beside it is", () => {
  const codes = fc.subarray(["CEN", "CHI", "MKE", "BOS", "MAD", "XYZ"].map(code));
  fc.assert(
    fc.property(codes, (sites: SiteCode[]) => {
      if (may(removal(...sites), mke) === "take")
        for (const one of ["CHI", "MKE", "BOS"]) expect(sites).not.toContain(one);
    }),
  );
});
