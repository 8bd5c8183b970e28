/**
 * What a load test is made of, and the hierarchy that carries it: sending sites, each with receiving sites of its own
 * below it. It is a topology like any other, so that sites and senders are those of every run. Pure.
 */
import { stringify } from "yaml";

import type { Priority } from "../../domain/priority.ts";
import { formatByteRate } from "../../domain/quantity.ts";

export type LoadSettings = {
  readonly senders: number;
  /** Below each sending site. */
  readonly receivers: number;
  /** Of one package, before it is compressed; its bytes do not compress. */
  readonly packageBytes: number;
  /** Packages of each sending site. Undefined: as many as go in `durationMs`. */
  readonly count: number | undefined;
  /** How long packages are added, in milliseconds; those on their way then are still measured. */
  readonly durationMs: number | undefined;
  /** What begins in the first so many milliseconds is not measured. */
  readonly warmUpMs: number;
  /** Packages of each sending site that are on their way at a time. */
  readonly atOnce: number;
  /** Given to one package after the other, in turn. */
  readonly priorities: readonly Priority[];
  /** Of every address to a receiving site. Undefined: unlimited. */
  readonly bytesPerSecond: number | undefined;
  /** Concurrent sendings of a site, and of those to one receiver. */
  readonly sendings: { readonly allSites: number; readonly perSite: number };
};

export type LoadGroup = { readonly sender: string; readonly receivers: readonly string[] };

/** As many sites as a code of a letter and two digits of base 36 can tell apart. */
export const mostReceivers = 36 ** 2 - 1;
export const mostSenders = 99;

/** Who sends to whom. */
export function loadGroups({ senders, receivers }: LoadSettings): LoadGroup[] {
  const two = (number: number, base: number) => number.toString(base).toUpperCase().padStart(2, "0");
  return Array.from({ length: senders }, (_, sender) => ({
    sender: `S${two(sender + 1, 10)}`,
    receivers: Array.from(
      { length: receivers },
      (_, receiver) => `R${two(sender * receivers + receiver + 1, 36)}`,
    ),
  }));
}

/** The topology as a file would say it, without packages: those are added while it runs. */
export function loadTopologyText(settings: LoadSettings): string {
  const groups = loadGroups(settings);
  const isAlone = groups.length === 1;
  const senders = { LAN: settings.sendings };
  const sites: Record<string, object> = isAlone ? {} : { CEN: { type: "primary" } };
  for (const { sender, receivers } of groups) {
    sites[sender] = { type: "primary", ...(isAlone ? {} : { parent: "CEN" }), senders };
    for (const code of receivers)
      sites[code] = { type: "secondary", parent: sender, distributionPoints: [serverOf(code)] };
  }
  const { bytesPerSecond } = settings;
  const limited = groups.flatMap(({ sender, receivers }) =>
    receivers.map((to) => ({ from: sender, to, rate: formatByteRate(bytesPerSecond ?? 0) })),
  );
  return stringify({
    name: "load",
    clock: { start: "2003-11-08T00:00:00Z", scale: 1 },
    sites,
    ...(bytesPerSecond === undefined ? {} : { addresses: limited }),
  });
}

/** The one distribution point of a receiving site. */
export function serverOf(site: string): string {
  return `${site}DP`;
}
