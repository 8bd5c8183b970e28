/**
 * Room on the share, as a rule: what is promised to some is there, and no site is promised all of it.
 */
import fc from "fast-check";
import { expect, test } from "vitest";

import { noRoomFor, type OpenUpload } from "../../../site-image/http/share-room.ts";

const freeBytes = fc.integer({ min: 64, max: 2 ** 40 });
const wishes = fc.array(
  fc.record({ site: fc.constantFrom("CEN", "CHI"), length: fc.double({ min: 0, max: 1.2, noNaN: true }) }),
  { maxLength: 12 },
);

/** The uploads that are taken of those that are wished for, each a part of the disk long. */
function taken(free: number, wished: readonly { site: string; length: number }[]): OpenUpload[] {
  const open: OpenUpload[] = [];
  for (const [index, { site, length }] of wished.entries()) {
    const upload = { name: `${index}.PCK`, site, length: Math.ceil(length * free) };
    if (noRoomFor(upload, open, { freeBytes: free, files: new Map() }, undefined) === undefined)
      open.push(upload);
  }
  return open;
}

test("never more is promised than there is", () => {
  fc.assert(
    fc.property(freeBytes, wishes, (free, wished) => {
      const promised = taken(free, wished).reduce((sum, { length }) => sum + length, 0);
      expect(promised).toBeLessThanOrEqual(free);
    }),
  );
});

test("whatever one site announces, another finds an eighth of what was free", () => {
  fc.assert(
    fc.property(freeBytes, wishes, (free, wished) => {
      const open = taken(
        free,
        wished.map(({ length }) => ({ site: "CEN", length })),
      );
      const small = { name: "other.PCK", site: "MKE", length: Math.floor(free / 8) };
      expect(noRoomFor(small, open, { freeBytes: free, files: new Map() }, undefined)).toBeUndefined();
    }),
  );
});
