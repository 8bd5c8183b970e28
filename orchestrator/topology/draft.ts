/**
 * A topology file as the rules between its parts read it: leniently, so that one slip does not hide the other mistakes,
 * with ranges, lists and defaults carried out. Where a rule finds a mistake in what was carried out, `writtenAt` says
 * where in the file that is written.
 */
import { z } from "zod";

import { siteType } from "../../domain/hierarchy.ts";
import { senderType } from "../../domain/package.ts";
import { priority } from "../../domain/priority.ts";
import { openSchedule } from "../../domain/schedule.ts";
import { scheduleWords } from "../../domain/schedule-words.ts";
import { expandSites, type Pair, pairsOf, withDefaults } from "./expansion.ts";
import { deadline } from "./expect-words.ts";
import { linkDefaults, type OutageWords } from "./link-words.ts";
import { type Mistake, pathWords, valueAt } from "./mistakes.ts";
import { filled } from "./site-codes.ts";
import { isTimeZone } from "./site-words.ts";
import { filledTls, type TlsWords } from "./tls-words.ts";

const anyName = z.string().catch("");
const names = z.array(anyName).optional().catch([]);
const ends = z.union([z.string(), z.array(anyName)]).catch("");
const targets = z.union([z.literal("all"), z.array(anyName)]).catch([]);

/** Each file as it is written; empty where it is none. */
const tls = z
  .object({ certificate: anyName.optional(), key: anyName.optional(), authorities: anyName.optional() })
  .optional()
  .catch({ certificate: "", key: "" });

/** What is missing or wrong has its own mistake already, and is here as if it were not said. */
const siteDraft = z
  .object({
    name: anyName.optional(),
    type: siteType.optional().catch(undefined),
    /** What is no code is nobody's, so that the site is not taken for the central one. */
    parent: z.string().optional().catch(""),
    timeZone: z.string().refine(isTimeZone).optional().catch(undefined),
    distributionPoints: names,
    clientAccessPoints: names,
    managementPoints: names,
    tls,
  })
  .catch({});
const addressDraft = z
  .object({
    from: ends.prefault(""),
    to: ends.prefault(""),
    /** Null where what is said is wrong. */
    sender: senderType.optional().nullable().catch(null),
    schedule: scheduleWords.optional().catch(openSchedule),
    line: z.unknown().optional(),
  })
  .catch({ from: "", to: "" });
const outages = linkDefaults.shape.outages.catch(undefined);
const linkDraft = z
  .object({ between: z.tuple([ends, ends]).catch(["", ""]), outages })
  .catch({ between: ["", ""], outages: undefined });
const packageDraft = z
  .object({
    name: anyName,
    site: anyName,
    priority: priority.prefault("medium").nullable().catch(null),
    source: z.unknown().optional(),
    size: z.unknown().optional(),
    distributionPoints: targets,
  })
  .catch({ name: "", site: "", priority: null, source: "", size: undefined, distributionPoints: [] });
const expectationDraft = z
  .object({
    package: anyName,
    before: anyName,
    on: targets.prefault("all"),
    by: deadline.optional().catch(undefined),
    link: z.tuple([ends, ends]).catch(["", ""]),
    line: ends.prefault(""),
    from: ends.prefault(""),
    to: ends.prefault(""),
  })
  .catch({
    package: "",
    before: "",
    on: [],
    by: undefined,
    link: ["", ""],
    line: "",
    from: "",
    to: "",
  });

const fileDraft = z
  .object({
    clock: z
      .object({ start: z.iso.datetime({ offset: true }).optional().catch(undefined) })
      .catch({ start: undefined }),
    defaults: z
      .object({
        site: siteDraft.optional(),
        address: addressDraft.optional(),
        link: z.object({ outages }).optional().catch(undefined),
        addresses: z.enum(["LAN", "none"]).default("LAN").catch("LAN"),
      })
      .catch({ addresses: "LAN" })
      .default({ addresses: "LAN" }),
    sites: z.record(z.string(), siteDraft).catch({}),
    links: z.array(linkDraft).catch([]),
    addresses: z.array(addressDraft).catch([]),
    packages: z.array(packageDraft).catch([]),
    expect: z.array(expectationDraft).catch([]),
  })
  .catch({
    clock: { start: undefined },
    defaults: { addresses: "LAN" },
    sites: {},
    links: [],
    addresses: [],
    packages: [],
    expect: [],
  });
type FileDraft = z.infer<typeof fileDraft>;

export type DraftSite = {
  readonly key: string;
  readonly number: string;
  readonly name: string;
  /** Undefined where it is not said, or is wrong. */
  readonly type: z.infer<typeof siteType> | undefined;
  readonly parent: string | null;
  readonly timeZone: string;
  readonly distributionPoints: readonly string[];
  readonly clientAccessPoints: readonly string[];
  readonly managementPoints: readonly string[];
  /** Filled in. Undefined where the site has none. */
  readonly tls: TlsWords | undefined;
};

type Manner = Omit<FileDraft["addresses"][number], "from" | "to">;
export type DraftAddress = Pair & Manner & { readonly index: number };
export type DraftLink = Pair & { readonly index: number; readonly outages: readonly OutageWords[] };

export type Draft = Pick<FileDraft, "packages" | "expect"> & {
  readonly raw: unknown;
  /** On the emulated calendar. Undefined where it is not said, or is wrong. */
  readonly startMs: number | undefined;
  /** By their codes. */
  readonly sites: Readonly<Record<string, DraftSite>>;
  /** Codes that a second key names, too. */
  readonly again: readonly { readonly code: string; readonly key: string; readonly first: string }[];
  readonly addresses: readonly DraftAddress[];
  readonly links: readonly DraftLink[];
  /** What addresses made by default are like; undefined where none are. */
  readonly standard: Manner | undefined;
};

export function draftOf(raw: unknown): Draft {
  const read = fileDraft.parse(raw);
  const { defaults } = read;
  const sites: Record<string, DraftSite> = {};
  const again: Draft["again"][number][] = [];
  for (const { code, number, key, site } of expandSites(read.sites, defaults.site)) {
    const before = sites[code];
    if (before) again.push({ code, key, first: before.key });
    else sites[code] = draftSite(site, { code, number, key }, defaults.site?.tls);
  }
  const { from: _from, to: _to, ...manner } = defaults.address ?? { from: "", to: "" };
  return {
    raw,
    startMs: read.clock.start === undefined ? undefined : Date.parse(read.clock.start),
    sites,
    again,
    addresses: read.addresses.flatMap(({ from, to, ...own }, index) =>
      pairsOf(from, to).map((pair) => ({ ...pair, ...withDefaults(own, manner), index })),
    ),
    links: read.links.flatMap(({ between: [from, to], outages: own }, index) =>
      pairsOf(from, to).map((pair) => ({ ...pair, index, outages: own ?? defaults.link?.outages ?? [] })),
    ),
    standard: defaults.addresses === "none" ? undefined : manner,
    packages: read.packages,
    expect: read.expect,
  };
}

function draftSite(
  site: FileDraft["sites"][string],
  named: { readonly code: string; readonly number: string; readonly key: string },
  usualTls: TlsWords | undefined,
): DraftSite {
  const fill = (servers: readonly string[] = []) => servers.map((server) => filled(server, named));
  return {
    key: named.key,
    number: named.number,
    name: filled(site.name ?? "", named),
    type: site.type,
    parent: site.parent ?? null,
    timeZone: site.timeZone ?? "Etc/UTC",
    distributionPoints: fill(site.distributionPoints),
    clientAccessPoints: fill(site.clientAccessPoints),
    managementPoints: fill(site.managementPoints),
    tls: site.tls && filledTls({ ...usualTls, ...site.tls }, named),
  };
}

/** From the place of something in the draft to where the file says it. */
export function writtenAt(draft: Draft, path: readonly PropertyKey[]): readonly PropertyKey[] {
  const [part, which, ...rest] = path;
  const [key] = rest;
  const ownOr = (own: readonly PropertyKey[], others: readonly PropertyKey[]) =>
    key !== undefined &&
    valueAt(draft.raw, [...own, ...rest]) === undefined &&
    valueAt(draft.raw, [...others, ...rest]) !== undefined
      ? [...others, ...rest]
      : [...own, ...rest];
  if (part === "sites" && which !== undefined)
    return ownOr(["sites", draft.sites[String(which)]?.key ?? which], ["defaults", "site"]);
  if (part === "addresses" && which !== undefined) {
    const address = draft.addresses[Number(which)];
    if (!address) return path;
    const own = ["addresses", address.index];
    if (key === "from") return [...own, key, ...address.fromPath];
    if (key === "to") return [...own, key, ...address.toPath];
    return ownOr(own, ["defaults", "address"]);
  }
  if (part === "links" && which !== undefined) {
    const link = draft.links[Number(which)];
    if (!link) return path;
    const own = ["links", link.index];
    if (key === "from") return [...own, "between", 0, ...link.fromPath];
    if (key === "to") return [...own, "between", 1, ...link.toPath];
    return ownOr(own, ["defaults", "link"]);
  }
  return path;
}

/** The mistakes where they are written. One that is made for each site of a range is told for the first. */
export function asWritten(draft: Draft, mistakes: readonly Mistake[]): Mistake[] {
  const first = new Map<string, string>();
  return mistakes.flatMap((mistake) => {
    const path = writtenAt(draft, mistake.path);
    const [place, origin] = [pathWords(path), pathWords(mistake.path)];
    if (!first.has(place)) first.set(place, origin);
    return first.get(place) === origin ? [{ ...mistake, path }] : [];
  });
}
