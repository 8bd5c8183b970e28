/**
 * Rules for what a topology file expects: packages, distribution points, ways and lines that are there, and a bandwidth
 * where a share of it is meant. Pure, and as lenient as draft.ts.
 */
import type { Draft } from "./draft.ts";
import { type Pair, pairsOf } from "./expansion.ts";
import { hint, type Mistake, namesOf, pathWords, shown, valueAt } from "./mistakes.ts";
import { targetMistakes } from "./package-rules.ts";
import { pairMistake } from "./pair-rules.ts";
import { endSites } from "./site-codes.ts";
import { targetServers } from "./targets.ts";

type Expected = Draft["expect"][number];

export function expectMistakes(draft: Draft): Mistake[] {
  return draft.expect.flatMap((expected, index) => [
    ...packageMistakes(draft, expected, index),
    ...once([...wayMistakes(draft, expected, index), ...lineMistakes(draft, expected, index)]),
  ]);
}

function packageMistakes(draft: Draft, { package: name, before, on }: Expected, index: number): Mistake[] {
  const say = (key: string, message: string) => ({ path: ["expect", index, key], isKey: false, message });
  const named = [
    ["package", name],
    ["before", before],
  ] as const;
  const unknown = named.flatMap(([key, one]) => {
    if (one === "" || draft.packages.some((pkg) => pkg.name === one)) return [];
    const known = draft.packages.map((pkg) => pkg.name);
    return [
      say(
        key,
        `expected the name of a package of this file, found ${shown(one)}${hint(one, known, "known")}`,
      ),
    ];
  });
  if (unknown.length > 0 || name === "") return unknown;
  if (name === before) return [say("before", `expected another package than "${name}", found it again`)];
  const path = ["expect", index, "on"];
  const mistakes = targetMistakes(draft, on, path, new Set(Object.keys(draft.sites)), "");
  if (mistakes.length > 0 || on === "all") return mistakes;
  return [name, before]
    .filter((one) => one !== "")
    .flatMap((one) => {
      const pkg = draft.packages.find((candidate) => candidate.name === one);
      const sent = new Set(targetServers(draft, pkg?.distributionPoints ?? []).map(({ server }) => server));
      return on.flatMap((target, at): Mistake[] => {
        const missed = targetServers(draft, [target]).filter(({ server }) => !sent.has(server));
        if (missed.length === 0) return [];
        const message = `expected a distribution point that "${one}" is sent to, found "${target}" (sent to: ${namesOf([...sent])})`;
        return [{ path: [...path, at], isKey: false, message }];
      });
    });
}

/** The way that something is expected of is one between parent and child. */
function wayMistakes(draft: Draft, expected: Expected, index: number): Mistake[] {
  const path = ["expect", index];
  const isBusy = valueAt(draft.raw, [...path, "busy"]) !== undefined;
  const ofLink = pairsOf(...expected.link).flatMap((pair) => {
    const mistakes = pairMistakes(draft, pair, [...path, "link", 0], [...path, "link", 1]);
    const { from, to } = pair;
    if (mistakes.length > 0 || !isBusy || from === "" || to === "" || hasBandwidth(draft, from, to))
      return mistakes;
    const message = `expected a way with a bandwidth, found none from ${from} to ${to} (a link, an access link or the line of a RAS address gives it one)`;
    return [{ path: [...path, "link"], isKey: false, message }];
  });
  const ofEnds = pairsOf(expected.from, expected.to).flatMap((pair) =>
    pairMistakes(draft, pair, [...path, "from"], [...path, "to"]),
  );
  return [...ofLink, ...(expected.from === "" ? [] : ofEnds)];
}

function pairMistakes(
  draft: Draft,
  pair: Pair,
  fromPath: readonly PropertyKey[],
  toPath: readonly PropertyKey[],
): Mistake[] {
  return pairMistake(draft, pair, "sites send to their parent and their children").map(
    ({ end, message }) => ({
      path: end === "from" ? [...fromPath, ...pair.fromPath] : [...toPath, ...pair.toPath],
      isKey: false,
      message,
    }),
  );
}

/** A line is that of a RAS address. */
function lineMistakes(draft: Draft, { line, to }: Expected, index: number): Mistake[] {
  const known = Object.keys(draft.sites);
  const others = endSites(to).map(({ code }) => code);
  return endSites(line).flatMap(({ code, path }): Mistake[] => {
    const say = (message: string) => [{ path: ["expect", index, "line", ...path], isKey: false, message }];
    if (code === "") return [];
    if (!(code in draft.sites))
      return say(`expected the code of a site, found ${shown(code)}${hint(code, known, "known")}`);
    const dialled = dialledFrom(draft, code);
    if (dialled === undefined) return [];
    if (dialled.length === 0)
      return say(`expected a site with a RAS address, found ${shown(code)} with none`);
    const wrong = others.filter((other) => other !== "" && !dialled.includes(other));
    return wrong.flatMap((other) => [
      {
        path: ["expect", index, "to"],
        isKey: false,
        message: `expected a site that ${code} dials, found ${shown(other)}${hint(other, dialled, "known")}`,
      },
    ]);
  });
}

/** The sites that one dials; undefined where a sender is not told rightly. */
function dialledFrom({ addresses, standard, sites }: Draft, code: string): string[] | undefined {
  const own = addresses.filter(({ from }) => from === code);
  const near = Object.keys(sites).filter(
    (other) => sites[other]?.parent === code || sites[code]?.parent === other,
  );
  const others = near.filter((other) => !own.some(({ to }) => to === other));
  const all = [...own, ...(standard ? others.map((to) => ({ to, sender: standard.sender })) : [])];
  if (all.some(({ sender }) => sender === null)) return undefined;
  return all.flatMap(({ to, sender }) => (sender?.startsWith("RAS") ? [to] : []));
}

/** Leniently: something that can give the way a bandwidth is said. */
function hasBandwidth(draft: Draft, from: string, to: string): boolean {
  const { raw, links, addresses, sites, standard } = draft;
  const isSaid = (...path: PropertyKey[]) => valueAt(raw, path) !== undefined;
  const own = links.find((one) => [one.from, one.to].sort().join() === [from, to].sort().join());
  const isLinked =
    own !== undefined &&
    (["bandwidth", "circuit"] as const).some(
      (key) => isSaid("links", own.index, key) || isSaid("defaults", "link", key),
    );
  const isAccessed =
    isSaid("defaults", "site", "access") ||
    [from, to].some((code) => isSaid("sites", sites[code]?.key ?? code, "access"));
  const ways = addresses.filter((one) => one.from === from && one.to === to);
  const isDialled = (ways.length > 0 ? ways : [standard]).some((one) => one?.line !== undefined);
  return isLinked || isAccessed || isDialled;
}

/** Of a range, what is wrong with each is told once. */
function once(mistakes: readonly Mistake[]): Mistake[] {
  const told = new Set<string>();
  return mistakes.filter(({ path }) => {
    const place = pathWords(path);
    return told.has(place) ? false : told.add(place);
  });
}
