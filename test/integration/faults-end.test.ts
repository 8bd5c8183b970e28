/**
 * What an earlier run has left wrong at a site.
 */
import { expect } from "vitest";

import { faultsOf, fillShare } from "../../orchestrator/site-faults.ts";
import { test } from "../support/temporary-folder.ts";
import { TestHierarchy } from "../support/test-hierarchy.ts";

test("a share that an earlier run has filled has room again when the hierarchy is started anew", async ({
  folder,
}) => {
  {
    await using hierarchy = await TestHierarchy.start(folder);
    await fillShare(hierarchy.site("MKE"), true);
  }
  await using hierarchy = await TestHierarchy.start(folder);
  expect((await faultsOf(hierarchy.site("MKE"))).quotaBytes).toBeNull();
});
