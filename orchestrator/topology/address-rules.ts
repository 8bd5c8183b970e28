/**
 * Rules for the addresses of a topology file: they lead between parent and child and back again, a RAS sender has a
 * line and the LAN sender has none, and what must go their way finds an hour open to it. Pure, and as lenient as
 * draft.ts.
 */
import { mostAddresses } from "../../domain/address.ts";
import type { Priority } from "../../domain/priority.ts";
import { admits, openSchedule } from "../../domain/schedule.ts";
import type { Draft } from "./draft.ts";
import { type Mistake, shown, valueAt } from "./mistakes.ts";
import { pairMistake } from "./pair-rules.ts";

/** Something that goes from a site to its parent or its child, in words that begin a sentence. */
export type Way = {
  readonly from: string;
  readonly to: string;
  readonly priority: Priority;
  readonly what: string;
};

export function addressMistakes(draft: Draft, ways: readonly Way[]): Mistake[] {
  return [
    ...endMistakes(draft),
    ...missingMistakes(draft),
    ...lineMistakes(draft),
    ...closedMistakes(draft, ways),
  ];
}

function endMistakes(draft: Draft): Mistake[] {
  const counts = new Map<string, number>();
  const told = new Set<number>();
  return draft.addresses.flatMap(({ from, to, index }, at): Mistake[] => {
    if (told.has(index)) return [];
    const mistakes = pairMistake(draft, { from, to }, "this version sends between parent and child only");
    const count = (counts.get(`${from} ${to}`) ?? 0) + 1;
    counts.set(`${from} ${to}`, count);
    if (mistakes.length === 0 && from !== "" && to !== "" && count > mostAddresses) {
      const message = `expected at most ${mostAddresses} addresses from ${from} to ${to}, found another`;
      mistakes.push({ end: "to", message });
    }
    if (mistakes.length > 0) told.add(index);
    return mistakes.map(({ end, message }) => ({ path: ["addresses", at, end], isKey: false, message }));
  });
}

/** Without addresses made by default, parent and child need one each way. */
function missingMistakes({ sites, addresses, standard }: Draft): Mistake[] {
  if (standard) return [];
  const given = new Map(addresses.map(({ from, to }, at) => [`${from} ${to}`, at]));
  return Object.entries(sites).flatMap(([child, { parent }]) => {
    if (parent === null || !(parent in sites) || parent === child) return [];
    const ways = [
      [parent, child],
      [child, parent],
    ] as const;
    return ways.flatMap(([from, to]): Mistake[] => {
      if (given.has(`${from} ${to}`)) return [];
      const back = given.get(`${to} ${from}`);
      const why = "defaults.addresses is none";
      if (back === undefined)
        return [
          {
            path: ["sites", child],
            isKey: true,
            message: `expected an address from ${from} to ${to}, found none, and ${why}`,
          },
        ];
      const message = `expected an address back from ${from} to ${to}, too, found none, and ${why}`;
      return [{ path: ["addresses", back], isKey: false, message }];
    });
  });
}

function lineMistakes({ addresses, sites, standard, raw }: Draft): Mistake[] {
  const given = addresses.flatMap(({ sender = "LAN", line, index }, at): Mistake[] => {
    const say = (message: string) => [{ path: ["addresses", at, "line"], isKey: false, message }];
    const own = valueAt(raw, ["addresses", index, "line"]);
    if (sender === "LAN" && own !== undefined && own !== null)
      return say(
        `expected no line, as the LAN sender has none, found ${shown(own)} (lines are of sender: RASAsynch or RASISDN; how fast the LAN sender sends is said by "rate")`,
      );
    return sender !== null && sender !== "LAN" && isAbsent(line) ? say(lineOf(sender)) : [];
  });
  const ways = new Set(addresses.map(({ from, to }) => `${from} ${to}`));
  const isMade = Object.entries(sites).some(
    ([child, { parent }]) =>
      parent !== null && !(ways.has(`${parent} ${child}`) && ways.has(`${child} ${parent}`)),
  );
  const sender = standard?.sender ?? "LAN";
  if (!standard || !isMade || sender === "LAN" || !isAbsent(standard.line)) return given;
  const message = `${lineOf(sender)}, and the addresses made by default need one`;
  return [{ path: ["defaults", "address", "line"], isKey: false, message }, ...given];
}

const isAbsent = (line: unknown) => line === undefined || line === null;

const lineOf = (sender: "RASAsynch" | "RASISDN") =>
  `expected the line of the ${sender} sender, like ${sender === "RASISDN" ? "64" : "33.6"} kbit/s, found nothing`;

/** A way that none of its addresses is ever open to is told once for each priority, at the first of them. */
function closedMistakes({ addresses, standard }: Draft, ways: readonly Way[]): Mistake[] {
  const told = new Set<string>();
  const byWay = Map.groupBy(
    addresses.map((address, at) => ({ ...address, at })),
    ({ from, to }) => `${from} ${to}`,
  );
  return ways.flatMap(({ from, to, priority, what }): Mistake[] => {
    const given = byWay.get(`${from} ${to}`) ?? [];
    const [first] = given;
    const key = first ? `${from} ${to} ${priority}` : priority;
    const schedules = first ? given.map(({ schedule }) => schedule) : [standard?.schedule];
    const isOpen = schedules.some((schedule = openSchedule) =>
      schedule.some(({ usage }) => admits(usage, priority)),
    );
    if (isOpen || told.has(key)) return [];
    told.add(key);
    const others = given.length > 1 ? `, and the other addresses from ${from} to ${to} have none either` : "";
    const message = `expected hours open to ${priority}, found none in the whole week${others}: ${what} with ${priority} priority`;
    const path = first ? ["addresses", first.at, "schedule"] : ["defaults", "address", "schedule"];
    return [{ path, isKey: false, message }];
  });
}
