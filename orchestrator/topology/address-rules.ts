/**
 * Rules for the addresses of a topology file: they lead between parent and child, a RAS sender has a line and the
 * LAN sender has none, and what must go their way finds an hour open to it. Pure, and as lenient as rules.ts.
 */
import { z } from "zod";

import { mostAddresses } from "../../domain/address.ts";
import { senderType } from "../../domain/package.ts";
import type { Priority } from "../../domain/priority.ts";
import { admits, openSchedule } from "../../domain/schedule.ts";
import { scheduleWords } from "../../domain/schedule-words.ts";
import { hint, type Mistake, shown } from "./mistakes.ts";

const anyName = z.string().catch("");

/** What is missing or wrong has its own mistake already: a site is then "", a sender null, a schedule open. */
export const addressDraft = z
  .object({
    from: anyName,
    to: anyName,
    sender: senderType.prefault("LAN").nullable().catch(null),
    schedule: scheduleWords.catch(openSchedule),
    line: z.unknown().optional(),
  })
  .catch({ from: "", to: "", sender: null, schedule: openSchedule, line: undefined });

type Draft = {
  readonly sites: Readonly<Record<string, { readonly parent: string | null }>>;
  readonly addresses: readonly z.infer<typeof addressDraft>[];
};

/** Something that goes from a site to its parent or its child, in words that begin a sentence. */
export type Way = {
  readonly from: string;
  readonly to: string;
  readonly priority: Priority;
  readonly what: string;
};

export function addressMistakes(read: Draft, ways: readonly Way[]): Mistake[] {
  return [...endMistakes(read), ...lineMistakes(read), ...closedMistakes(read, ways)];
}

/** Both ends are sites, one the parent of the other. */
function endMistakes({ sites, addresses }: Draft): Mistake[] {
  const codes = Object.keys(sites);
  const counts = new Map<string, number>();
  return addresses.flatMap(({ from, to }, index): Mistake[] => {
    const at = (key: "from" | "to", message: string) => ({
      path: ["addresses", index, key],
      isKey: false,
      message,
    });
    const unknown = (["from", "to"] as const).flatMap((key) => {
      const code = key === "from" ? from : to;
      return code === "" || code in sites
        ? []
        : [at(key, `expected the code of a site, found ${shown(code)}${hint(code, codes, "known")}`)];
    });
    if (unknown.length > 0 || from === "" || to === "") return unknown;
    if (from === to) return [at("to", `expected another site than "from" names, found ${shown(to)} again`)];
    const isParentUnknown = [from, to].some((code) => {
      const parent = sites[code]?.parent ?? null;
      return parent !== null && !(parent in sites);
    });
    if (isParentUnknown) return []; // once the parent is put right, this may be too
    if (sites[from]?.parent !== to && sites[to]?.parent !== from) {
      const near = codes.filter((code) => sites[from]?.parent === code || sites[code]?.parent === from);
      const known = near.length > 0 ? ` (${near.join(", ")})` : " (it has none)";
      return [
        at(
          "to",
          `expected the parent or a child of ${from}${known}, found ${shown(to)}: this version sends between parent and child only`,
        ),
      ];
    }
    const count = (counts.get(`${from} ${to}`) ?? 0) + 1;
    counts.set(`${from} ${to}`, count);
    if (count <= mostAddresses) return [];
    return [at("to", `expected at most ${mostAddresses} addresses from ${from} to ${to}, found another`)];
  });
}

function lineMistakes({ addresses }: Draft): Mistake[] {
  return addresses.flatMap(({ sender, line }, index): Mistake[] => {
    const at = (message: string) => [{ path: ["addresses", index, "line"], isKey: false, message }];
    const hasLine = line !== undefined && line !== null;
    if (sender === "LAN" && hasLine)
      return at(
        `expected no line, as the LAN sender has none, found ${shown(line)} (lines are of sender: RASAsynch or RASISDN; how fast the LAN sender sends is said by "rate")`,
      );
    if (sender !== null && sender !== "LAN" && !hasLine)
      return at(
        `expected the line of the ${sender} sender, like ${sender === "RASISDN" ? "64" : "33.6"} kbit/s, found nothing`,
      );
    return [];
  });
}

/** A way that none of its addresses is ever open to is told once for each priority, at the first of them. */
function closedMistakes({ addresses }: Draft, ways: readonly Way[]): Mistake[] {
  const told = new Set<string>();
  return ways.flatMap(({ from, to, priority, what }): Mistake[] => {
    const given = addresses.flatMap((address, index) =>
      address.from === from && address.to === to ? [{ ...address, index }] : [],
    );
    const [first] = given;
    const isOpen = given.some(({ schedule }) => schedule.some(({ usage }) => admits(usage, priority)));
    const key = `${from} ${to} ${priority}`;
    if (!first || isOpen || told.has(key)) return [];
    told.add(key);
    const others = given.length > 1 ? `, and the other addresses from ${from} to ${to} have none either` : "";
    const message = `expected hours open to ${priority}, found none in the whole week${others}: ${what} with ${priority} priority`;
    return [{ path: ["addresses", first.index, "schedule"], isKey: false, message }];
  });
}
