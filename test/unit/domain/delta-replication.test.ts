import { expect, test } from "vitest";

import { deltaBases } from "../../../domain/delta-replication.ts";

test("deltas are wanted from the versions that are held, up to five back", () => {
  expect(deltaBases([9, 4, 0, 5, 9, 10, 11], 10)).toEqual([5, 9]);
  expect(deltaBases([0], 3)).toEqual([]);
});
