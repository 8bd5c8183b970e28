/**
 * The documents that lie in a site's inboxes, one of each type, and how one of them is made hostile: by a defect in its
 * text, by files that it names elsewhere, by another name than that of its file, or by being a folder.
 */
import { jobIdOf, packageIdOf, requestIdOf, siteCode } from "../../domain/identifiers.ts";
import { definitionOf } from "../support/package-definition.ts";
import type { Random } from "../support/random.ts";
import { sendRequestOf } from "../support/send-request.ts";
import { villain } from "./attacked-site.ts";
import { hostileWords, jsonWithDefect } from "./json-defects.ts";

type DocumentType = {
  readonly folders: readonly [string, ...string[]];
  readonly extension: string;
  name(n: number): string;
  /** In the file of this name. */
  document(name: string): object;
};

/** A file for an inbox; without a text it is a folder. */
export type HostileFile = {
  readonly kind: string;
  readonly folder: string;
  readonly name: string;
  readonly text: string | undefined;
};

const version = 1;
const zzz = siteCode.parse("ZZZ");
const digest = "0".repeat(64);
const content = { sourceVersion: 1, bytes: 1, sha256: digest, files: 1, sourceBytes: 1 };
const way = { version, destination: "CHI", priority: "high", preferredSender: "*" };
const delta = { base: { sourceVersion: 1, sha256: digest }, bytes: 1, sha256: digest };
const replication = { ...way, object: { kind: "content", packageId: "CEN00001", content, delta } };
const outboxes = ["LAN", "RASAsynch", "RASISDN"].map((type) => `Schedule.box/Outboxes/${type}`);

const requestName = (n: number) => requestIdOf(1, n, villain.code);
const numberName = (n: number) => `HOSTILE${n}`;
const packageName = (n: number) => packageIdOf(zzz, n);
const request = (status: string) => (name: string) => sendRequestOf({ request: name, status });

const types: readonly [DocumentType, ...DocumentType[]] = [
  {
    ...{ folders: ["Distmgr.box"], extension: ".PKN", name: packageName },
    document: (packageId) => ({ version, packageId }),
  },
  {
    ...{ folders: ["Distmgr.box/Incoming"], extension: ".PKG", name: packageName },
    document: (id) => ({ version, definition: definitionOf({ id }) }),
  },
  {
    ...{ folders: ["Replmgr.box/Incoming"], extension: ".RPT", name: numberName },
    document: () => ({ ...replication, from: "CHI", receivedMs: 1 }),
  },
  {
    ...{
      folders: ["High", "Normal", "Low"].map((one) => `Replmgr.box/Outbound/${one}`) as [string, ...string[]],
    },
    ...{ extension: ".RPT", name: numberName, document: () => replication },
  },
  {
    ...{ folders: ["Schedule.box"], extension: ".JOB", name: (n) => jobIdOf(90_000_000 + n) },
    document: (job) => ({ ...way, job, work: { kind: "package", packageId: "CEN00001", content, delta } }),
  },
  {
    ...{ folders: ["Schedule.box/Requests", ...outboxes], extension: ".SRQ", name: requestName },
    document: request("NONE"),
  },
  {
    folders: outboxes as [string, ...string[]],
    extension: ".SRS",
    name: requestName,
    document: request("OK"),
  },
  {
    ...{ folders: ["Despoolr.box/Receive"], extension: ".SNI", name: requestName },
    document: () => ({ version, body: "{}", signature: "AAAA" }),
  },
  {
    ...{ folders: ["Pkginfo.box"], extension: ".PKG", name: packageName },
    document: (packageId) => ({
      ...{
        version,
        packageId,
        name: "Maps",
        packageVersion: "",
        language: "",
        manufacturer: "",
        sourceVersion: 1,
      },
      programs: [{ name: "Install", commandLine: "setup.exe", comment: "" }],
    }),
  },
  {
    ...{ folders: ["Pkginfo.box"], extension: ".NAL", name: packageName },
    document: (packageId) => ({
      ...{ version, packageId, sourceVersion: 1 },
      distributionPoints: [{ site: "CEN", server: "HQDP", path: "/x/" }],
    }),
  },
  {
    ...{ folders: ["Pkginfo.box"], extension: ".ICO", name: packageName },
    document: (packageId) => ({ version, packageId, icon: "" }),
  },
];

/** Of the send requests and minijobs: names that are right in themselves, and not theirs. */
const strayNames: Readonly<Record<string, readonly [string, ...string[]]>> = {
  request: ["2__01CEN", "1__01CHI"],
  job: ["00000002", "00000003"],
  packageFile: ["../../../site.db", "/etc/passwd", "00000002.P00", "00000001.I00", ...hostileWords],
  instructionFile: ["../../../site.key", "..", "", "00000001.P00", ...hostileWords],
};

/** The `n`-th of a run: no other has its name. */
export function hostileFile(random: Random, n: number): HostileFile {
  const type = random.pick(types);
  const folder = random.pick(type.folders);
  const name = type.name(n);
  const document = type.document(name);
  const file = { folder, name: name + type.extension };
  const strays = Object.keys(strayNames).filter((key) => Object.hasOwn(document, key));
  const kind = `${folder.split("/")[0]} ${type.extension}`;
  // Inbox Manager takes no folder for a document: those it never looks into.
  if (folder !== "Pkginfo.box" && random.chance(0.02))
    return { ...file, kind: `${kind} folder`, text: undefined };
  const [first, ...others] = strays;
  if (first === undefined || random.chance(0.6))
    return { ...file, kind, text: jsonWithDefect(document, random) };
  const stray = random.pick([first, ...others]);
  const words = random.pick(strayNames[stray] ?? [""]);
  return { ...file, kind: `${kind} names`, text: JSON.stringify({ ...document, [stray]: words }) };
}
