import { realpath as realpathCallback } from "node:fs";
import { mkdir, mkdtemp, realpath, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect } from "vitest";

import { leavesFolder } from "../../../site-image/content/link-target.ts";
import { test } from "./folders.ts";

const leaves = (links: Record<string, string>, path: string) =>
  leavesFolder(new Map(Object.entries(links)), path);

describe("a link", () => {
  test("that leads to a neighbour, a parent inside, or nowhere stays", () => {
    const links = { "a/x": "y", "a/b/x": "../../c", "a/b/up": "..", "a/top": "..", gone: "not/there" };

    for (const path of Object.keys(links)) expect(leaves(links, path), path).toBe(false);
  });

  test.for([
    ["..", "x"],
    ["../secret", "x"],
    ["../../secret", "a/x"],
    ["a/../../secret", "x"],
    ["not/there/../../../secret", "x"],
    ["/etc/passwd", "x"],
    ["/", "a/x"],
  ])("to %s at %s leaves", ([target, path]) => {
    expect(leaves({ [path as string]: target as string }, path as string)).toBe(true);
  });

  test("leaves when a link on its way makes its way longer than it looks", () => {
    expect(leaves({ "a/d": "..", x: "a/d/../secret" }, "x")).toBe(true);
    expect(leaves({ d: ".", x: "d/../secret" }, "x")).toBe(true);
  });

  test("stays when a link on its way makes its way shorter than it looks", () => {
    expect(leaves({ d: "a/b", x: "d/../../secret" }, "x")).toBe(false);
  });

  test("leaves when the last of a chain does", () => {
    expect(leaves({ a: "b", b: "c", c: "../secret" }, "a")).toBe(true);
  });

  test("that leads back to itself stays", () => {
    expect(leaves({ a: "b", b: "a" }, "a")).toBe(false);
    expect(leaves({ a: "a/a/a/a" }, "a")).toBe(false);
  });
});

test("the rule agrees with the system on any tree of links", async ({ temp }) => {
  const native = promisify(realpathCallback.native);
  const part = fc.constantFrom("a", "b", "c", "..", ".");
  const place = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 });
  const target = fc.array(part, { minLength: 1, maxLength: 5 });
  const links = fc.array(fc.tuple(place, target), { minLength: 1, maxLength: 8 });

  await fc.assert(
    fc.asyncProperty(links, async (wanted) => {
      // Outside there is a file for each way out, so that leaving leads somewhere, though never back in.
      const outside = await realpath(await mkdtemp(join(temp, "o")));
      const folder = join(outside, "x", "inside");
      await mkdir(folder, { recursive: true });
      for (const path of ["a", "b", "x/a", "x/b"]) await writeFile(join(outside, path), "");
      const made = new Map<string, string>();
      for (const [place, target] of wanted) {
        const path = place.join("/");
        await mkdir(dirname(join(folder, path)), { recursive: true }).catch(() => {});
        const isPlain =
          (await realpath(dirname(join(folder, path))).catch(() => "")) === dirname(join(folder, path));
        if (!isPlain) continue;
        await symlink(target.join("/"), join(folder, path)).then(
          () => made.set(path, target.join("/")),
          () => {},
        );
      }
      for (const path of made.keys()) {
        const real = await native(join(folder, path)).catch(() => undefined);
        if (real === undefined) continue; // leads nowhere, and the rule may be stricter than the system
        const inside = real === folder || real.startsWith(`${folder}/`);
        expect(leavesFolder(made, path), `${path} in ${JSON.stringify([...made])}`).toBe(!inside);
      }
    }),
    { numRuns: 150 },
  );
});
