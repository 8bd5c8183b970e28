/**
 * The inboxes of a running site: documents of every type with a defect, left as a component leaves them. Each must
 * lie in its inbox's quarantine in the end, letter by letter.
 */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { jobIdOf, packageIdOf, requestIdOf, siteCode } from "../../domain/identifiers.ts";
import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import { definitionOf } from "../support/package-definition.ts";
import type { Random } from "../support/random.ts";
import { type AttackedSite, villain } from "./attacked-site.ts";
import { jsonWithDefect } from "./json-defects.ts";
import type { Answer, Surface } from "./surface.ts";

type Kind = {
  readonly folder: string;
  readonly extension: string;
  name(n: number): string;
  readonly document: object;
};

const boxes = "SMS/Inboxes";
const digest = "0".repeat(64);
const content = { sourceVersion: 1, bytes: 1, sha256: digest, files: 1, sourceBytes: 1 };
const replication = {
  version: 1,
  destination: "CHI",
  priority: "high",
  preferredSender: "*",
  object: { kind: "content", packageId: "CEN00001", content },
};
const sendRequest = {
  version: 1,
  request: "2__01CEN",
  job: "00000001",
  priority: "high",
  preferredSender: "*",
  destination: "CHI",
  finalSite: "CHI",
  packages: ["CEN00001"],
  packageFile: "00000001.P00",
  instructionFile: "00000001.I00",
  bytes: 1,
  sha256: digest,
  status: "NONE",
  bytesLeft: 1,
  syncPoint: 0,
  connects: 0,
  tries: 0,
  createdMs: 1,
  firstStartedMs: null,
  startedMs: null,
  endedMs: null,
  nextTryMs: null,
  reason: "",
  resting: [],
};
const requestName = (n: number) => requestIdOf(2, n, villain.code);
const numberName = (n: number) => `HOSTILE${n}`;

const kinds: [Kind, ...Kind[]] = [
  {
    ...{ folder: "Distmgr.box", extension: ".PKN", document: { version: 1, packageId: "ZZZ00001" } },
    name: (n) => packageIdOf(siteCode.parse("ZZZ"), n),
  },
  {
    ...{ folder: "Distmgr.box/Incoming", extension: ".PKG" },
    document: { version: 1, definition: definitionOf() },
    name: (n) => packageIdOf(siteCode.parse("ZZZ"), n),
  },
  { folder: "Replmgr.box/Incoming", extension: ".RPT", document: replication, name: numberName },
  { folder: "Replmgr.box/Outbound/High", extension: ".RPT", document: replication, name: numberName },
  {
    ...{ folder: "Schedule.box", extension: ".JOB", name: (n) => jobIdOf(90_000_000 + n) },
    document: {
      ...replication,
      job: "90000001",
      object: undefined,
      work: { kind: "package", packageId: "CEN00001", content },
    },
  },
  { folder: "Schedule.box/Requests", extension: ".SRQ", document: sendRequest, name: requestName },
  { folder: "Schedule.box/Outboxes/LAN", extension: ".SRQ", document: sendRequest, name: requestName },
  {
    folder: "Despoolr.box/Receive",
    extension: ".SNI",
    document: { version: 1, body: "{}", signature: "AAAA" },
    name: requestName,
  },
];

const perBatch = 32;
/** Real milliseconds. A component that has not looked by then does not look any more. */
const patienceMs = 60_000;

export async function inboxSurface(site: AttackedSite): Promise<Surface> {
  const outside = join(site.folder, "being-written");
  await mkdir(outside, { recursive: true });
  let count = 0;
  return {
    async attack(random: Random) {
      const left: { readonly folder: string; readonly name: string; readonly text: string }[] = [];
      for (let n = 0; n < perBatch; n += 1) {
        const kind = random.pick(kinds);
        count += 1;
        const name = kind.name(count) + kind.extension;
        const text = jsonWithDefect(kind.document, random);
        const folder = site.path(join(boxes, kind.folder));
        await writeFile(join(outside, name), text);
        await rename(join(outside, name), join(folder, name));
        left.push({ folder, name, text });
      }
      const signal = AbortSignal.timeout(patienceMs);
      const answers: Answer[] = [];
      for (const { folder, name, text } of left) {
        const isQuarantined = (await quarantined(join(folder, "Quarantine", name), signal)) === text;
        const verdict = isQuarantined ? "refused" : "accepted";
        answers.push({
          verdict,
          label: isQuarantined ? "quarantine" : "taken",
          input: `${folder}/${name}: ${text.slice(0, 300)}`,
        });
      }
      return answers;
    },
    [Symbol.asyncDispose]: () => rm(outside, { recursive: true, force: true }),
  };
}

/** What is there once something is, which an administrator then clears away; undefined when `signal` aborts before. */
async function quarantined(path: string, signal: AbortSignal): Promise<string | undefined> {
  const patience = { everyMs: 5, withinMs: patienceMs, signal };
  const found = await until(systemWallClock, patience, () =>
    readFile(path, "utf8").catch(() => undefined),
  ).catch(() => undefined);
  if (found !== undefined) await rm(path);
  return found;
}
