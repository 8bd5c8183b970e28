/**
 * The text of a new topology file, with comments that say what to change. Pure: the same wishes, the same text.
 */
import type { SenderType } from "../../domain/package.ts";
import { formatByteSize } from "../../domain/quantity.ts";
import { builtInCircuits, circuitNamed } from "../topology/circuits.ts";
import { plainDuration } from "../topology/duration.ts";
import { type Siblings, siblingsOf } from "./levels.ts";
import { roomyMs } from "./roomy-time.ts";

export type Wishes = {
  readonly name: string;
  readonly branches: number;
  /** 2 to 4: the central site, perhaps divisions and regions, branches. */
  readonly levels: number;
  /** The name of a built-in circuit: of the lines to the branches. */
  readonly circuit: string;
  /** Whether packages go down by night and at the weekend only. */
  readonly night: boolean;
  readonly sizeBytes: number;
  /** A moment. Undefined: one that leaves room. */
  readonly deadline: string | undefined;
  readonly scale: number;
};

const central = "CEN";
const workingHours = "Mon-Fri 07-19";
/** A Thursday evening in New York, an hour and a half before the night begins. */
const start = "2003-11-06T17:30:00-05:00";

/** The deadline of a new topology: what is wished, or one that leaves room. */
export function deadlineOf(wishes: Wishes): string {
  if (wishes.deadline !== undefined) return wishes.deadline;
  const steps = siblings(wishes).map((one) => ({
    count: one.count,
    level: one.level,
    isDialled: senderOf(circuitTo(one, wishes)) !== "LAN",
    bytesPerSecond: circuitNamed(circuitTo(one, wishes), {}).bytesPerSecond,
  }));
  return plainDuration(roomyMs(steps, wishes));
}

export function newTopology(wishes: Wishes): string {
  const { name, scale, sizeBytes, night } = wishes;
  const below = siblings(wishes);
  return `# Made by spoolnet init. Every key is in docs/topology.md; an editor completes and checks them with the schema that
# "spoolnet schema" prints.

name: ${name}

# Emulated time: Thursday 17:30 in New York, and ${scale} times as fast as real time.
clock: { start: "${start}", scale: ${scale} }

defaults:
  # Secondary sites have a parent, and neither children nor packages of their own. {site} is the site's code.
  site: { type: secondary, timeZone: America/New_York, distributionPoints: ["{site}DP"] }

# A site is known by its code: three of A-Z and 0-9. B{01..12} is twelve sites.
sites:
  ${central}: { name: Headquarters, type: primary }
${below.map(siteLine).join("\n")}
${waysText(below, wishes)}
# source: ./a-folder of your own may stand instead of the size. Of a size, bytes are made that do not compress.
packages:
  - { name: Office Update, site: ${central}, size: ${formatByteSize(sizeBytes)}, priority: medium, distributionPoints: all }

# What happens meanwhile: at a moment, or when something has come, like when: Office Update arrived ${firstOf(below)}. For example
# scenario: [${faultOf(below, wishes)}]

# What should be true. "spoolnet run --exit" says whether it was, also by its exit code.
expect:
  - { package: Office Update, on: all, by: ${JSON.stringify(deadlineOf(wishes))} } # or a moment, like Fri 07:00
${night ? below.map(({ parent, key }) => `  - { from: ${parent}, to: "${key}", nothingSent: ${workingHours} }\n`).join("") : ""}  - { nothing: lost }
`;
}

const siblings = ({ branches, levels }: Wishes) => siblingsOf(central, branches, levels);

/** Sites with sites below them have a T1 at least. */
function circuitTo({ isBranch }: Siblings, { circuit }: Wishes): string {
  const [own = 0, t1 = 0] = [circuit, "t1"].map((name) => circuitNamed(name, {}).bytesPerSecond);
  return isBranch || own > t1 ? circuit : "t1";
}

/** A modem and an ISDN adapter have a sender of their own; other circuits are links, and the LAN sender uses them. */
function senderOf(circuit: string): SenderType {
  if (circuit.startsWith("modem-")) return "RASAsynch";
  return circuit.startsWith("isdn-") ? "RASISDN" : "LAN";
}

function siteLine({ key, name, parent, isBranch }: Siblings): string {
  const type = isBranch ? "" : ", type: primary";
  return `  ${key}: { name: "${name}"${type}, parent: ${parent} }`;
}

function waysText(below: readonly Siblings[], wishes: Wishes): string {
  const links = below.flatMap((one) =>
    senderOf(circuitTo(one, wishes)) === "LAN"
      ? [`  - { between: [${one.parent}, "${one.key}"], circuit: ${circuitTo(one, wishes)} }`]
      : [],
  );
  const addresses = below.flatMap((one) => addressLines(one, wishes));
  const linksText =
    links.length === 0
      ? ""
      : `
# The WAN: a link of its own to each site. Instead of a circuit: bandwidth: 384 kbit/s, latency: 40 ms. Built in are
# ${Object.keys(builtInCircuits).slice(0, 7).join(", ")},
# ${Object.keys(builtInCircuits).slice(7).join(", ")}.
links:
${links.join("\n")}
`;
  const addressesText =
    addresses.length === 0
      ? `
# How one site sends to another: over the network, at all hours, unlimited, where nothing else is said. For example
# addresses: [{ from: ${central}, to: ${firstOf(below)}, schedule: { ${workingHours}: high only }, rate: 25% }]
`
      : `
# How one site sends to another, where it is not over the network, at all hours and unlimited. Hours are those of the
# sending site's clock; a rate, like rate: 25%, may stand here, too.
addresses:
${addresses.join("\n")}
`;
  return `${linksText}${addressesText}`;
}

function addressLines(one: Siblings, wishes: Wishes): string[] {
  const { key, parent } = one;
  const circuit = circuitTo(one, wishes);
  const sender = senderOf(circuit);
  const by = sender === "LAN" ? "" : `, sender: ${sender}, line: ${circuit}`;
  const when = wishes.night ? `, schedule: { ${workingHours}: closed }` : "";
  return [
    by || when ? [`  - { from: ${parent}, to: "${key}"${by}${when} }`] : [],
    by ? [`  - { from: "${key}", to: ${parent}${by} }`] : [],
  ].flat();
}

/** What may befall the way to the first site below the central one. */
function faultOf(below: readonly Siblings[], wishes: Wishes): string {
  const [first] = below;
  const site = firstOf(below);
  const isDialled = first !== undefined && senderOf(circuitTo(first, wishes)) !== "LAN";
  if (isDialled) return `{ when: Office Update sending ${central} ${site}, drop: ${central} }`;
  return `{ at: +1h, cut: [${central}, ${site}], for: 30m }`;
}

/** The code of the first site below the central one. */
const firstOf = ([first]: readonly Siblings[]) => (first ? first.key.replace(/\{(\d+)\.\..*\}/, "$1") : "");
