/**
 * What whoever watches a live state has, however often the connection was lost.
 */
import fc from "fast-check";
import { expect, test } from "vitest";

import { LiveState } from "../../../orchestrator/console/live-state.ts";

type Entries = Record<string, number>;

const key = fc.constantFrom("a", "b", "c", "d");
const step = fc.oneof(
  fc.record({ do: fc.constant("set" as const), key, value: fc.integer() }),
  fc.record({ do: fc.constant("delete" as const), key }),
  fc.record({ do: fc.constant("flush" as const) }),
  fc.record({ do: fc.constant("read" as const) }),
);

/** Reads as the page does. */
class Reader {
  readonly entries = new Map<string, number>();
  id: string | undefined;

  read(state: LiveState<Entries>): void {
    for (const { kind, id, text } of state.since(this.id)) {
      this.id = id;
      if (kind === "snapshot") this.entries.clear();
      for (const [name, value] of JSON.parse(text))
        if (value === null) this.entries.delete(name);
        else this.entries.set(name, value);
    }
  }
}

test("whoever comes back at any time knows what somebody knows who never left", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const state = new LiveState<Entries>("life");
      const known = new Map<string, number>();
      const reader = new Reader();
      for (const one of steps) {
        if (one.do === "set") {
          state.set(one.key, one.value);
          known.set(one.key, one.value);
        } else if (one.do === "delete") {
          state.delete(one.key);
          known.delete(one.key);
        } else if (one.do === "flush") state.flush();
        else reader.read(state);
      }
      state.flush();
      reader.read(state);
      expect(Object.fromEntries(reader.entries)).toEqual(Object.fromEntries(known));
    }),
  );
});

test("whoever was away for too long, or comes from another life, is told the whole", () => {
  const state = new LiveState<Entries>("life");
  state.set("a", 0);
  const [first] = state.since(undefined);
  for (let value = 1; value <= 1000; value++) {
    state.set("a", value);
    state.flush();
  }
  expect(state.since(first?.id)).toEqual([
    expect.objectContaining({ kind: "snapshot", text: '[["a",1000]]' }),
  ]);
  expect(state.since("other-1000")).toEqual([expect.objectContaining({ kind: "snapshot" })]);
  expect(state.since("life-1000")).toEqual([expect.objectContaining({ kind: "changes" })]);
});
