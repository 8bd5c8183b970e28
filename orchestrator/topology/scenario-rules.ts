/**
 * Rules for the scenario of a topology file and for what chance may meet: sites, links, packages and circuits that are
 * there, and moments that are to come. Pure, and as lenient as draft.ts.
 */
import { builtInCircuits, isCircuitName } from "./circuits.ts";
import { parseCondition } from "./condition.ts";
import type { Draft } from "./draft.ts";
import { pairsOf } from "./expansion.ts";
import { hint, type Mistake, shown, valueAt } from "./mistakes.ts";
import { momentMs, parseMoment } from "./moment.ts";
import { pairMistake } from "./pair-rules.ts";
import { endSites } from "./site-codes.ts";
import { targetServers } from "./targets.ts";

type Path = readonly PropertyKey[];

export function scenarioMistakes(draft: Draft): Mistake[] {
  const steps = valueAt(draft.raw, ["scenario"]);
  const paths = Array.isArray(steps) ? steps.map((_, index): Path => ["scenario", index]) : [];
  return [
    ...paths.flatMap((path) => [
      ...siteMistakes(draft, path),
      ...wayMistakes(draft, path),
      ...packageMistakes(draft, path),
      ...conditionMistakes(draft, [...path, "when"]),
      ...pastMistakes(draft, [...path, "at"]),
      ...circuitMistakes(draft, [...path, "to"]),
      ...lineMistakes(draft, [...path, "drop"]),
    ]),
    ...addedAgain(draft, paths),
    ...unknownSites(draft, ["chaos", "sites"]),
    ...pastMistakes(draft, ["chaos", "until"]),
  ];
}

const ofSites = ["kill", "stop", "start", "pause", "resume", "fill", "empty", "drop"];

function siteMistakes(draft: Draft, path: Path): Mistake[] {
  return ofSites.flatMap((key) => unknownSites(draft, [...path, key]));
}

/** Each site of a code, a range or a list; told once for each of the list. */
function unknownSites({ raw, sites }: Draft, path: Path): Mistake[] {
  const told = new Set<string>();
  return endSites(endsAt(raw, path) ?? []).flatMap(({ code, path: at }): Mistake[] => {
    const place = at.join();
    if (code === "" || code in sites || told.has(place)) return [];
    told.add(place);
    return [say([...path, ...at], unknownSite(code, sites))];
  });
}

const unknownSite = (code: unknown, sites: Draft["sites"]) =>
  `expected the code of a site, found ${shown(code)}${hint(code, Object.keys(sites), "known")}`;

/** Links, and addresses: between a parent and its child. */
function wayMistakes(draft: Draft, path: Path): Mistake[] {
  const why = "links and addresses are between parent and child";
  const links = ["cut", "restore", "slow", "corrupt"].flatMap((key) => {
    const ends = [0, 1].map((end) => endsAt(draft.raw, [...path, key, end]));
    const [one, other] = ends;
    if (one === undefined || other === undefined) return [];
    return firstWrong(draft, one, other, why).map(({ end, message }) =>
      say([...path, key, end === "from" ? 0 : 1], message),
    );
  });
  const addresses = ["limit", "schedule"].flatMap((key) => {
    const at = [...path, key];
    const [from, to] = ["from", "to"].map((end) => endsAt(draft.raw, [...at, end]));
    if (from === undefined || to === undefined) return [];
    const wrong = firstWrong(draft, from, to, why).map(({ end, message }) => say([...at, end], message));
    return wrong.length > 0 ? wrong : senderMistakes(draft, at, String(from), String(to));
  });
  return [...links, ...addresses];
}

function firstWrong(draft: Draft, from: string | string[], to: string | string[], why: string) {
  for (const pair of pairsOf(from, to)) {
    const mistakes = pairMistake(draft, pair, why);
    if (mistakes.length > 0) return mistakes;
  }
  return [];
}

/** An address that is to change is one there is: of a file, or the one made where the file gives none. */
function senderMistakes(
  { raw, addresses, standard }: Draft,
  path: Path,
  from: string,
  to: string,
): Mistake[] {
  const wanted = valueAt(raw, [...path, "sender"]);
  if (typeof wanted !== "string") return [];
  const own = addresses.filter((address) => address.from === from && address.to === to);
  const senders = (own.length > 0 ? own : [standard]).map((address) => address?.sender ?? "LAN");
  if (senders.includes(wanted as (typeof senders)[number])) return [];
  const message = `expected a sender that an address from ${from} to ${to} has, found ${shown(wanted)} (${senders.join(", ")})`;
  return [say([...path, "sender"], message)];
}

const ofPackages = ["add", "refresh", "redistribute", "remove"];

function packageMistakes({ raw, packages }: Draft, path: Path): Mistake[] {
  const known = packages.map(({ name }) => name);
  return ofPackages.flatMap((key): Mistake[] => {
    const name = valueAt(raw, [...path, key]);
    if (typeof name !== "string" || known.includes(name)) return [];
    return [say([...path, key], unknownPackage(name, known))];
  });
}

const unknownPackage = (name: unknown, known: readonly string[]) =>
  `expected the name of a package of this file, found ${shown(name)}${hint(name, known, "known")}`;

function addedAgain({ raw }: Draft, paths: readonly Path[]): Mistake[] {
  const seen = new Set<unknown>();
  return paths.flatMap((path): Mistake[] => {
    const name = valueAt(raw, [...path, "add"]);
    if (name === undefined || !seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [say([...path, "add"], `expected each package to be added once, found ${shown(name)} again`)];
  });
}

function conditionMistakes(draft: Draft, path: Path): Mistake[] {
  const text = valueAt(draft.raw, path);
  const found = typeof text === "string" ? parseCondition(text) : undefined;
  if (!found) return [];
  const { sites, packages } = draft;
  if ("site" in found) return found.site in sites ? [] : [say(path, unknownSite(found.site, sites))];
  const pkg = packages.find(({ name }) => name === found.package);
  if (!pkg) {
    const known = packages.map(({ name }) => name);
    return [say(path, unknownPackage(found.package, known))];
  }
  if (found.is === "sending") {
    const why = "packages are sent between parent and child";
    return pairMistake(draft, found, why).map(({ message }) => say(path, message));
  }
  const sent = targetServers(draft, pkg.distributionPoints);
  if (sent.some(({ site, server }) => site === found.at || server === found.at)) return [];
  const known = [...new Set(sent.flatMap(({ site, server }) => [site, server]))];
  const message = `expected a site or a distribution point that "${pkg.name}" is sent to, found ${shown(found.at)}`;
  return [say(path, `${message}${hint(found.at, known, "sent to")}`)];
}

function pastMistakes({ raw, startMs, sites }: Draft, path: Path): Mistake[] {
  const text = valueAt(raw, path);
  const at = typeof text === "string" ? parseMoment(text) : undefined;
  const central = Object.values(sites).find(({ parent }) => parent === null);
  if (!at || startMs === undefined || !central) return [];
  if (momentMs(at, startMs, central.timeZone) >= startMs) return [];
  return [say(path, `expected a moment after the clock's start, found ${shown(text)}`)];
}

function circuitMistakes({ raw }: Draft, path: Path): Mistake[] {
  const name = valueAt(raw, path);
  if (typeof name !== "string" || !isCircuitName(name)) return [];
  const own = valueAt(raw, ["circuits"]);
  const known = [...Object.keys(typeof own === "object" && own ? own : {}), ...Object.keys(builtInCircuits)];
  if (known.includes(name.trim())) return [];
  const message = `expected a rate with its unit, or the name of a circuit, found ${shown(name)}`;
  return [say(path, `${message}${hint(name, known, "known")}`)];
}

/** Only who dials has a line to drop. */
function lineMistakes(draft: Draft, path: Path): Mistake[] {
  const { addresses, sites, standard } = draft;
  return endSites(endsAt(draft.raw, path) ?? []).flatMap(({ code, path: at }): Mistake[] => {
    if (!(code in sites)) return [];
    const own = addresses.filter(({ from }) => from === code);
    const isRas = (sender: unknown) => sender !== undefined && sender !== "LAN";
    if (own.some(({ sender }) => isRas(sender)) || isRas(standard?.sender)) return [];
    const message = `expected a site with an address of a RAS sender, which dials, found ${shown(code)} with none`;
    return [say([...path, ...at], message)];
  });
}

/** A code, a range or a list of them; undefined where there is something else, which has its own mistake. */
function endsAt(raw: unknown, path: Path): string | string[] | undefined {
  const value = valueAt(raw, path);
  if (typeof value === "string") return value;
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
}

function say(path: Path, message: string): Mistake {
  return { path, isKey: false, message };
}
