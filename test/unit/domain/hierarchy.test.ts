import fc from "fast-check";
import { expect, test } from "vitest";

import { hierarchyMistakes, subtreeOf, type TreeSite } from "../../../domain/hierarchy.ts";
import { type SiteCode, siteCode } from "../../../domain/identifiers.ts";
import { nextSite } from "../../../domain/routing.ts";

const code = (text: string) => siteCode.parse(text);
const site = (text: string, parent: string | null, type: TreeSite["type"] = "primary"): TreeSite => ({
  code: code(text),
  type,
  parent: parent === null ? null : code(parent),
});
const threeSites = [site("CEN", null), site("CHI", "CEN"), site("MKE", "CHI", "secondary")];

/** Sound trees of any shape: each site's parent is one of those before it. */
const trees = fc.array(fc.nat(), { maxLength: 20 }).map((choices) => {
  const sites = [site("S00", null)];
  for (const [index, choice] of choices.entries()) {
    const parent = sites[choice % sites.length];
    if (parent)
      sites.push({
        code: code(`S${String(index + 1).padStart(2, "0")}`),
        type: "primary",
        parent: parent.code,
      });
  }
  return sites;
});

test("a sound hierarchy has no mistakes, in whatever order its sites are listed", () => {
  expect(hierarchyMistakes(threeSites)).toEqual([]);
  fc.assert(fc.property(trees, (sites) => void expect(hierarchyMistakes(sites.toReversed())).toEqual([])));
});

test("every breach of the rules is named, with its site", () => {
  const mistakes = hierarchyMistakes([
    site("CEN", null),
    site("TWO", null),
    site("SEC", null, "secondary"),
    site("LOS", "NOO"),
    site("OWN", "OWN"),
    site("S01", "CEN", "secondary"),
    site("S02", "S01"),
  ]);
  expect(mistakes.map(({ site: at, message }) => `${at}: ${message}`)).toEqual([
    "TWO: expected a parent, as a hierarchy has one central site and CEN is one already, found none",
    "SEC: expected a parent, as every secondary site has one, found none",
    'LOS: expected the code of another site as parent, found "NOO"',
    'OWN: expected another site as parent, found "OWN" itself',
    'S02: expected a primary site as parent, found "S01", a secondary site: only primary sites have children',
  ]);
});

test("a loop of parents is named once for each site in it, and a hierarchy without a top is refused", () => {
  const mistakes = hierarchyMistakes([site("A01", "B01"), site("B01", "C01"), site("C01", "A01")]);
  expect(mistakes.map(({ message }) => message)).toEqual([
    "expected parents up to the central site, found a loop of parents: A01 -> B01 -> C01 -> A01",
    "expected parents up to the central site, found a loop of parents: B01 -> C01 -> A01 -> B01",
    "expected parents up to the central site, found a loop of parents: C01 -> A01 -> B01 -> C01",
    "expected a central site, a primary site without a parent, found none",
  ]);
});

test("going from site to site, each asked for the next, always arrives, and never at a site twice", () => {
  fc.assert(
    fc.property(trees, fc.nat(), fc.nat(), (sites, from, to) => {
      const start = sites[from % sites.length]?.code as SiteCode;
      const end = sites[to % sites.length]?.code as SiteCode;
      const visited: SiteCode[] = [start];
      for (let here = start; here !== end; ) {
        const parent = sites.find((one) => one.code === here)?.parent ?? null;
        const children = sites.filter((one) => one.parent === here).map((one) => one.code);
        // A site knows itself and what is below it, not the whole hierarchy.
        const below = subtreeOf(sites, here);
        const next = nextSite(
          {
            here,
            parent,
            sites: sites.filter((one) => below.has(one.code)),
            addresses: new Set(parent ? [parent, ...children] : children),
          },
          end,
        );
        expect(next).toBeDefined();
        expect(visited).not.toContain(next);
        here = next as SiteCode;
        visited.push(here);
      }
    }),
  );
});

test("a direct address goes before the way through the hierarchy", () => {
  const addresses = new Set([code("CHI"), code("MKE")]);
  expect(nextSite({ here: code("CEN"), parent: null, sites: threeSites, addresses }, code("MKE"))).toBe(
    "MKE",
  );
});

test("where no address leads to a site, there is no next one", () => {
  const addresses = new Set<SiteCode>();
  expect(
    nextSite({ here: code("CEN"), parent: null, sites: threeSites, addresses }, code("MKE")),
  ).toBeUndefined();
});
