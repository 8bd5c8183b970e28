import fc from "fast-check";
import { expect, test } from "vitest";

import { Passes, type Settled } from "../../crash/matrix/passes.ts";
import { keyOf, kindOfTrial, type Trial } from "../../crash/matrix/trial.ts";

const trial: fc.Arbitrary<Trial> = fc
  .record({
    site: fc.constantFrom("CEN", "CHI"),
    mode: fc.constantFrom("before", "after", "torn", "missing", "EIO"),
    phase: fc.constantFrom("add", "refresh", "remove"),
    ordinal: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ site, mode, phase, ordinal }) => ({ site, mode, operation: `${phase}: write a #${ordinal}` }));
const trials = fc.uniqueArray(trial, { selector: keyOf, minLength: 1, maxLength: 60 });
const size = fc.integer({ min: 1, max: 20 });

/** Works through all passes. `fails`: a pass of these does. `isMet`: whether a trial is met in a pass of such a length. */
function workThrough(
  all: readonly Trial[],
  trialsOfAPass: number,
  fails: (pass: readonly Trial[]) => boolean,
  isMet: (trial: Trial, shared: number) => boolean,
): { settled: Settled[]; passes: (readonly Trial[])[] } {
  const queue = new Passes(all, trialsOfAPass);
  const settled: Settled[] = [];
  const passes: (readonly Trial[])[] = [];
  for (let kind = queue.kindOfMost; kind; kind = queue.kindOfMost) {
    const pass = queue.next(kind);
    passes.push(pass);
    const met = pass.filter((one) => isMet(one, pass.length));
    settled.push(...queue.settle(pass, fails(pass) ? { why: "it fails" } : { met }));
  }
  return { settled, passes };
}

const kindsOf = (settled: readonly Settled[]) =>
  Object.fromEntries(
    settled.flatMap((one) => ("trial" in one ? [[keyOf(one.trial), one.outcome.kind] as const] : [])),
  );

test("a pass has trials of one kind, and no operation of a site twice", () => {
  fc.assert(
    fc.property(trials, size, (all, trialsOfAPass) => {
      const { passes } = workThrough(
        all,
        trialsOfAPass,
        () => false,
        () => true,
      );
      for (const pass of passes) {
        expect(new Set(pass.map(kindOfTrial)).size).toBe(1);
        expect(new Set(pass.map(({ site, operation }) => `${site} ${operation}`)).size).toBe(pass.length);
      }
      expect(passes.flat().map(keyOf).sort()).toEqual(all.map(keyOf).sort());
    }),
  );
});

test("a trial that fails is named, whatever it shared a pass with, and the others of the pass are not", () => {
  fc.assert(
    fc.property(trials, size, fc.nat(), (all, trialsOfAPass, which) => {
      const bad = all[which % all.length] as Trial;
      const { settled } = workThrough(
        all,
        trialsOfAPass,
        (pass) => pass.includes(bad),
        () => true,
      );
      expect(settled).toHaveLength(all.length);
      expect(kindsOf(settled)).toEqual(
        Object.fromEntries(all.map((one) => [keyOf(one), one === bad ? "failed" : "met"])),
      );
    }),
  );
});

test("a pass that fails though none of its trials fails alone is a failure all the same, once", () => {
  fc.assert(
    fc.property(trials, (all) => {
      let failed: readonly Trial[] | undefined;
      const { settled } = workThrough(
        all,
        20,
        (pass) => {
          if (failed || pass.length === 1) return false;
          failed = pass;
          return true;
        },
        () => true,
      );
      expect(settled.filter((one) => "trials" in one).map((one) => one.trials)).toEqual(
        failed ? [failed] : [],
      );
      expect(Object.values(kindsOf(settled))).toEqual(all.map(() => "met"));
    }),
  );
});

test("a trial is passed by only where it was tried alone", () => {
  fc.assert(
    fc.property(trials, size, fc.nat(), (all, trialsOfAPass, which) => {
      const shy = all[which % all.length] as Trial; // that is only met alone
      const absent = all[(which + 1) % all.length] as Trial;
      const { settled } = workThrough(
        all,
        trialsOfAPass,
        () => false,
        (one, shared) => one !== absent && (one !== shy || shared === 1),
      );
      expect(kindsOf(settled)).toEqual(
        Object.fromEntries(all.map((one) => [keyOf(one), one === absent ? "passed by" : "met"])),
      );
    }),
  );
});
