/**
 * A small seeded sample of what `npm run test:fuzz` tries: hostile input on every surface of one site that runs.
 */
import { expect } from "vitest";

import { AttackedSite } from "../fuzz/attacked-site.ts";
import { runSurface, type SurfaceName } from "../fuzz/run-surface.ts";
import { test } from "../support/temporary-folder.ts";

const sample: Readonly<Record<SurfaceName, number>> = {
  share: 160,
  slow: 32,
  archive: 60,
  inbox: 65,
  provider: 160,
  topology: 50,
};

test("hostile input on every surface is refused, and the site still delivers a package", async ({
  folder,
}) => {
  await using site = await AttackedSite.start(folder);
  for (const [surface, inputs] of Object.entries(sample)) {
    const tried = await runSurface(surface as SurfaceName, { site, inputs, seed: 5, looks: [] });
    expect(tried.findings, surface).toEqual([]);
    expect(tried.inputs, surface).toBeGreaterThanOrEqual(inputs);
  }
  await site.delivers();
});
