/**
 * Rules for the links of a topology file: they are between parent and child, one for a pair, what is said for each way
 * is said for their ends, outages are still to come, and circuits are known. Pure, and as lenient as draft.ts.
 */
import { builtInCircuits, isCircuitName } from "./circuits.ts";
import type { Draft } from "./draft.ts";
import { hint, type Mistake, shown, valueAt } from "./mistakes.ts";
import { momentMs, parseMoment } from "./moment.ts";
import { pairMistake } from "./pair-rules.ts";
import { sitesNamed } from "./site-codes.ts";

export function linkMistakes(draft: Draft): Mistake[] {
  return [
    ...endMistakes(draft),
    ...eachWayMistakes(draft),
    ...outageMistakes(draft),
    ...circuitMistakes(draft.raw),
  ];
}

function endMistakes(draft: Draft): Mistake[] {
  const seen = new Set<string>();
  const told = new Set<number>();
  return draft.links.flatMap(({ from, to, index }, at): Mistake[] => {
    if (told.has(index)) return [];
    const mistakes = pairMistake(
      draft,
      { from, to },
      "links this version emulates are between parent and child",
    );
    const pair = [from, to].sort().join(" ");
    if (mistakes.length === 0 && from !== "" && to !== "" && seen.has(pair))
      mistakes.push({ end: "to", message: `expected one link between ${from} and ${to}, found another` });
    seen.add(pair);
    if (mistakes.length > 0) told.add(index);
    return mistakes.map(({ end, message }) => ({ path: ["links", at, end], isKey: false, message }));
  });
}

const inEachWay = ["bandwidth", "latency", "jitter"] as const;

/** A way is named by the site that it comes from; by default, by any site. */
function eachWayMistakes({ links, sites, raw }: Draft): Mistake[] {
  const mistakesAt = (place: readonly PropertyKey[], ends: ReadonlySet<string>, wanted: string) =>
    inEachWay.flatMap((key) =>
      Object.keys(recordAt(raw, [...place, key])).flatMap((name): Mistake[] => {
        const named = sitesNamed(name);
        if (!named || ends.has("") || named.every(({ code }) => ends.has(code))) return [];
        const message = `expected ${wanted}, found ${shown(name)}${hint(name, [...ends], "known")}`;
        return [{ path: [...place, key, name], isKey: true, message }];
      }),
    );
  const byIndex = Map.groupBy(links, ({ index }) => index);
  return [
    ...mistakesAt(["defaults", "link"], new Set(Object.keys(sites)), "the code of a site"),
    ...[...byIndex].flatMap(([index, pairs]) => {
      const ends = new Set(pairs.flatMap(({ from, to }) => [from, to]));
      return mistakesAt(["links", index], ends, "a site at an end of the link");
    }),
  ];
}

/** A date can be over before the emulated time begins. */
function outageMistakes({ raw, startMs, sites }: Draft): Mistake[] {
  const central = Object.values(sites).find(({ parent }) => parent === null);
  if (startMs === undefined || !central) return [];
  return placesOf(raw).flatMap((place) => {
    const list = valueAt(raw, [...place, "outages"]);
    return (Array.isArray(list) ? list : []).flatMap((one: unknown, index): Mistake[] => {
      const text = valueAt(one, ["at"]);
      const at = typeof text === "string" ? parseMoment(text) : undefined;
      if (!at || momentMs(at, startMs, central.timeZone) >= startMs) return [];
      const message = `expected a moment after the clock's start, found ${shown(text)}`;
      return [{ path: [...place, "outages", index, "at"], isKey: false, message }];
    });
  });
}

/** Where links and access links are said. */
function placesOf(raw: unknown): PropertyKey[][] {
  const links = valueAt(raw, ["links"]);
  return [
    ["defaults", "link"],
    ["defaults", "site", "access"],
    ...Object.keys(recordAt(raw, ["sites"])).map((key) => ["sites", key, "access"]),
    ...(Array.isArray(links) ? links.map((_, index) => ["links", index]) : []),
  ];
}

/** Every place where the name of a circuit may stand, and one that there is. */
function circuitMistakes(raw: unknown): Mistake[] {
  const known = [...Object.keys(recordAt(raw, ["circuits"])), ...Object.keys(builtInCircuits)];
  const addresses = valueAt(raw, ["addresses"]);
  const lines = [
    ["defaults", "address", "line"],
    ...(Array.isArray(addresses) ? addresses.map((_, index) => ["addresses", index, "line"]) : []),
  ];
  const places = [
    ...placesOf(raw).flatMap((place) => [
      place,
      ...["circuit", "bandwidth", "up", "down"].map((key) => [...place, key]),
      ...Object.keys(recordAt(raw, [...place, "bandwidth"])).map((key) => [...place, "bandwidth", key]),
    ]),
    ...lines.flatMap((line) => [line, [...line, "speed"]]),
  ];
  return places.flatMap((path): Mistake[] => {
    const name = valueAt(raw, path);
    if (typeof name !== "string" || !isCircuitName(name) || known.includes(name.trim())) return [];
    const wanted = path.at(-1) === "circuit" ? "" : "a rate with its unit, or ";
    const message = `expected ${wanted}the name of a circuit, found ${shown(name)}${hint(name, known, "known")}`;
    return [{ path, isKey: false, message }];
  });
}

function recordAt(raw: unknown, path: readonly PropertyKey[]): Readonly<Record<string, unknown>> {
  const value = valueAt(raw, path);
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
