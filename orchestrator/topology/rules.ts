/**
 * Rules between the parts of a topology file; here those of the tree of sites and of names said once. Pure, and as
 * lenient as draft.ts.
 */
import { hierarchyMistakes, siteType } from "../../domain/hierarchy.ts";
import { serverName } from "../../domain/identifiers.ts";
import { addressMistakes } from "./address-rules.ts";
import { deadlineMistakes } from "./deadline-rules.ts";
import { asWritten, type Draft, draftOf } from "./draft.ts";
import { expectMistakes } from "./expect-rules.ts";
import { linkMistakes } from "./link-rules.ts";
import { hint, type Mistake, shown, valueAt } from "./mistakes.ts";
import { packageMistakes } from "./package-rules.ts";
import { scenarioMistakes } from "./scenario-rules.ts";
import { tlsMistakes } from "./tls-rules.ts";
import { treeOf, waysOf } from "./ways.ts";

/** Every breach of the rules, in the order of the file. */
export function ruleMistakes(raw: unknown): Mistake[] {
  const draft = draftOf(raw);
  const carriedOut = [
    ...siteMistakes(draft),
    ...treeMistakes(draft),
    ...serverMistakes(draft),
    ...tlsMistakes(draft),
    ...linkMistakes(draft),
    ...addressMistakes(draft, waysOf(draft)),
    ...packageMistakes(draft),
    ...expectMistakes(draft),
    ...scenarioMistakes(draft),
    ...deadlineMistakes(draft),
  ];
  return [...codesAgain(draft), ...asWritten(draft, carriedOut)];
}

/** One of a range may not stand alone as well, or in another. Told at the second, once. */
function codesAgain({ again }: Draft): Mistake[] {
  const byKey = new Map(again.toReversed().map((one) => [one.key, one]));
  return [...byKey.values()].map(({ code, key, first }) => ({
    path: ["sites", key],
    isKey: true,
    message: `expected each site once, found ${code} again, which is one of ${first} already`,
  }));
}

/** For each site a type, and a name that is right once it is filled in. */
function siteMistakes({ sites, raw }: Draft): Mistake[] {
  return Object.entries(sites).flatMap(([code, { key, name, type }]): Mistake[] => {
    const say = (at: string, message: string) => ({ path: ["sites", code, at], isKey: false, message });
    const mistakes: Mistake[] = [];
    const isObject = typeof (valueAt(raw, ["sites", key]) ?? 0) === "object";
    const said = [
      ["sites", key],
      ["defaults", "site"],
    ].map((path) => valueAt(raw, [...path, "type"]) ?? null);
    if (isObject && type === undefined && said.every((value) => value === null))
      mistakes.push(say("type", `expected one of ${siteType.options.join(", ")}, found nothing`));
    if (name.includes("{number}")) mistakes.push(say("name", withoutNumber(code)));
    if (name.length > 50) mistakes.push(say("name", `expected at most 50 characters, found ${shown(name)}`));
    return mistakes;
  });
}

const withoutNumber = (code: string) =>
  `expected {number} for the sites of a range like B{01..40} alone, found it for ${code}`;

function treeMistakes(draft: Draft): Mistake[] {
  return hierarchyMistakes(treeOf(draft)).map(({ site, message }) => {
    const parent = draft.sites[site]?.parent ?? null;
    const isUnknown = parent !== null && !(parent in draft.sites);
    const others = Object.keys(draft.sites).filter((code) => code !== site);
    return {
      path: parent === null ? ["sites", site] : ["sites", site, "parent"],
      isKey: parent === null,
      message: `${message}${isUnknown ? hint(parent, others, "known") : ""}`,
    };
  });
}

const roles = ["distributionPoints", "clientAccessPoints", "managementPoints"] as const;

/** A server belongs to one site, and a role is given to it once. Names differ by more than capitals. */
function serverMistakes({ sites }: Draft): Mistake[] {
  const mistakes: Mistake[] = [];
  const siteOf = new Map<string, string>();
  for (const [code, site] of Object.entries(sites)) {
    for (const role of roles) {
      const inRole = new Set<string>();
      for (const [index, server] of site[role].entries()) {
        const name = server.toUpperCase();
        const say = (message: string) =>
          mistakes.push({ path: ["sites", code, role, index], isKey: false, message });
        const owner = siteOf.get(name);
        if (server.includes("{number}")) say(withoutNumber(code));
        else if (inRole.has(name)) say(`expected each server once, found ${shown(server)} again`);
        else if (owner !== undefined && owner !== code) {
          const isTemplateWanted =
            site.key !== code ? ' (in a range, "{site}DP" is another one for each)' : "";
          say(
            `expected a server of this site, found ${shown(server)}, which is one of ${owner} already${isTemplateWanted}`,
          );
        } else if (name in sites)
          say(`expected a server name that is not the code of a site, found ${shown(server)}`);
        else if (server !== "" && !serverName.safeParse(server).success)
          say(`expected a server name of 1 to 15 letters, digits, - or _, found ${shown(server)}`);
        inRole.add(name);
        if (owner === undefined) siteOf.set(name, code);
      }
    }
  }
  return mistakes;
}
