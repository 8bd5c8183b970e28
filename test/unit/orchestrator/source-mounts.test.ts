import { expect, test } from "vitest";

import type { SiteCode } from "../../../domain/identifiers.ts";
import { pathInside, sourcesOf } from "../../../orchestrator/drivers/docker/source-mounts.ts";

const site = { code: "CEN" as SiteCode, type: "primary" as const };

test("a site sees a folder below one of its sources at the same place below, and no folder beside it", () => {
  const sources = ["/home/me/maps", "/home/me/more fonts"];

  expect(pathInside(sources, "/home/me/maps")).toBe("/srv/packages/1-maps");
  expect(pathInside(sources, "/home/me/more fonts/a b")).toBe("/srv/packages/2-more-fonts/a b");
  expect(() => pathInside(sources, "/home/me/maps2")).toThrow("expected one of /home/me/maps, ");
});

test("only a primary site sees folders beside those of its packages, each once", () => {
  expect(sourcesOf({ packages: [] }, site, ["/a", "/a", "/b"])).toEqual(["/a", "/b"]);
  expect(sourcesOf({ packages: [] }, { ...site, type: "secondary" }, ["/a"])).toEqual([]);
});
