/**
 * A small seeded sample of what `npm run test:fuzz` tries: hostile input on every surface of a site that runs.
 */
import { expect } from "vitest";

import { AttackedSite } from "../fuzz/attacked-site.ts";
import { runSurface, surfaceNames } from "../fuzz/run-surface.ts";
import { test as folderTest } from "../support/temporary-folder.ts";

const test = folderTest.extend("site", async ({ folder }, { onCleanup }) => {
  const site = await AttackedSite.start(folder);
  onCleanup(() => site[Symbol.asyncDispose]());
  return site;
});

test.for(surfaceNames)(
  "hostile input on the %s is refused, and the site still delivers a package",
  async (surface, { site }) => {
    const { inputs, findings } = await runSurface(surface, { site, inputs: 150, seed: 5 });
    expect(findings).toEqual([]);
    expect(inputs).toBeGreaterThanOrEqual(150);
    await site.delivers();
  },
);
