import { expect, test } from "vitest";

import type { WayEntry } from "../../../orchestrator/console/live-entries.ts";
import { openWords } from "../../../orchestrator/console/page/src/way-words.ts";

const way: WayEntry = {
  ...{
    from: "CEN",
    to: "B01",
    line: null,
    isCut: false,
    isOut: false,
    moving: [],
    sending: 0,
    bytesPerSecond: 0,
  },
  addresses: [],
};
type Now = WayEntry["addresses"][number];
const address = (usage: Now["usage"], limit: string) => ({ usage, limit }) as Now;

test.for<[string, WayEntry]>([
  ["open", way],
  ["open", { ...way, addresses: [address("all", "unlimited")] }],
  ["32 kbit/s", { ...way, addresses: [address("all", "32 kbit/s")] }],
  ["high only", { ...way, addresses: [address("high only", "32 kbit/s")] }],
  ["cut", { ...way, isCut: true, addresses: [address("all", "32 kbit/s")] }],
])("of a way to a site in a block %s is said", ([words, entry]) => {
  expect(openWords(entry)).toBe(words);
});
