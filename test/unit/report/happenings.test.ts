import { expect, test } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import { cutsBetween, type Happening, stillCut } from "../../../orchestrator/report/happenings.ts";

const [cen, chi, mke] = [siteCode.parse("CEN"), siteCode.parse("CHI"), siteCode.parse("MKE")];
const nothing = { source: "scenario[0]", text: "", cut: [], restored: [] };
const cut = (emulatedMs: number): Happening => ({ ...nothing, emulatedMs, cut: [[cen, chi]] });
const restored = (emulatedMs: number): Happening => ({ ...nothing, emulatedMs, restored: [[chi, cen]] });

test("a link was down from where it was cut to where it was restored, either way it is asked for", () => {
  const happened = [cut(10), restored(20), cut(30), cut(35), restored(40), restored(45)];
  const spans = [
    { fromMs: 10, untilMs: 20 },
    { fromMs: 30, untilMs: 40 },
  ];

  expect(cutsBetween(happened, cen, chi, 100)).toEqual(spans);
  expect(cutsBetween(happened, chi, cen, 100)).toEqual(spans);
  expect(cutsBetween(happened, chi, mke, 100)).toEqual([]);
});

test("one that is still cut is down until the end", () => {
  expect(cutsBetween([cut(10)], cen, chi, 100)).toEqual([{ fromMs: 10, untilMs: 100 }]);
});

test("what is left cut is each link that was not restored since, once", () => {
  const other: Happening = { ...nothing, emulatedMs: 50, cut: [[chi, mke]] };

  expect(stillCut([cut(10), other, cut(15)])).toEqual([
    [cen, chi],
    [chi, mke],
  ]);
  expect(stillCut([cut(10), other, restored(60)])).toEqual([[chi, mke]]);
});
