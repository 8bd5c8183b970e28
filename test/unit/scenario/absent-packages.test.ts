/**
 * Which packages a run finds or makes when it begins, also where it goes on with what an earlier run has played.
 */
import { expect, test } from "vitest";

import { absentAt, type Entry } from "../../../orchestrator/topology/scenario-plan.ts";

const step = (atMs: number, what: "add" | "remove" | "refresh", name: string): Entry => ({
  source: "scenario[0]",
  cue: { atMs },
  action: { do: what, package: name },
  forMs: undefined,
});
const entries = [
  step(100, "add", "Late"),
  step(300, "remove", "Late"),
  step(200, "remove", "First"),
  step(200, "refresh", "Other"),
];

test.each<[number, string[]]>([
  [0, ["Late"]],
  [100, ["Late"]],
  [101, []],
  [201, ["First"]],
  [301, ["First", "Late"]],
])("at %i: absent are %j", (fromMs, names) => {
  expect([...absentAt({ entries, chaos: undefined }, fromMs)].sort()).toEqual(names);
});

test("what waits for a condition is still to come", () => {
  const when: Entry = { ...step(0, "add", "Late"), cue: { when: { is: "up", site: "CHI" }, afterMs: 0 } };
  expect([...absentAt({ entries: [when], chaos: undefined }, 1_000)]).toEqual(["Late"]);
});
