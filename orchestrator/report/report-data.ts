/**
 * A report before it has a format: what was expected and what came of it, what arrived, what each link, queue, line and
 * transfer did over time. Plain data, made from a recording; the JSON report is this, as it is. Pure.
 */
import type { RequestId, SiteCode } from "../../domain/identifiers.ts";
import type { Outage } from "../../domain/link.ts";
import type { Priority } from "../../domain/priority.ts";
import type { Span } from "../../domain/week-hours.ts";
import { expectationWords, measuredWords, type Scene, type Verdict } from "../expectations/expectation.ts";
import { arrivalRows } from "../progress/arrival-table.ts";
import type { Judged } from "../progress/course.ts";
import { bytesByPart, requestsBetween } from "./bytes-sent.ts";
import { cutsBetween, type Happening } from "./happenings.ts";
import { type QueueStep, queueSteps } from "./queue-depth.ts";
import type { Attempt, SentRequest, Wait } from "./send-requests.ts";
import { bandwidthOf, narrowedSpans, outagesOf, type UsageSpan } from "./ways.ts";

export type ReportedExpectation = Omit<Verdict, "failedMs" | "why"> & {
  readonly kind: Judged["expectation"]["kind"];
  readonly text: string;
  readonly numbers: string;
  readonly failedMs: number | null;
  readonly why: string | null;
};

export type ReportedArrival = {
  readonly package: string;
  readonly name: string;
  readonly sourceVersion: number;
  readonly site: SiteCode;
  readonly server: string;
  readonly arrivedMs: number | null;
  readonly compressedBytes: number | null;
};

export type ReportedLink = {
  readonly from: SiteCode;
  readonly to: SiteCode;
  /** Null where the topology gives none. */
  readonly bytesPerSecond: number | null;
  readonly bytes: number;
  /** Bytes in each of as many equal parts of the run. */
  readonly byPart: readonly number[];
  /** When it is not open to every priority. */
  readonly narrowed: readonly UsageSpan[];
  readonly outages: readonly Outage[];
  readonly requests: number;
  /** Whether content went over it; else only words between sites. */
  readonly isContent: boolean;
};

export type ReportedTransfer = {
  readonly request: RequestId;
  readonly from: SiteCode;
  readonly to: SiteCode | null;
  readonly priority: Priority;
  readonly sender: string | null;
  readonly packages: readonly string[];
  readonly bytes: number;
  readonly state: SentRequest["state"];
  readonly createdMs: number;
  readonly endMs: number | null;
  readonly attempts: readonly Attempt[];
  readonly waits: readonly Wait[];
  readonly failures: SentRequest["failures"];
};

export type ReportData = {
  readonly version: 1;
  readonly name: string;
  readonly file: string;
  readonly scale: number;
  /** On the emulated calendar, milliseconds since the Unix epoch. */
  readonly startMs: number;
  readonly endMs: number;
  /** Of the central site: times are shown in it. */
  readonly timeZone: string;
  readonly state: "held" | "failed" | "open";
  readonly sites: readonly { readonly code: SiteCode; readonly name: string; readonly timeZone: string }[];
  readonly expectations: readonly ReportedExpectation[];
  readonly arrivals: readonly ReportedArrival[];
  readonly links: readonly ReportedLink[];
  readonly queues: readonly { readonly site: SiteCode; readonly steps: readonly QueueStep[] }[];
  readonly calls: readonly {
    readonly from: SiteCode;
    readonly to: SiteCode;
    readonly fromMs: number;
    readonly untilMs: number | null;
  }[];
  /** Of content; words between sites are in `links` and `queues` alone. */
  readonly transfers: readonly ReportedTransfer[];
  readonly failures: readonly {
    readonly emulatedMs: number;
    readonly site: SiteCode;
    readonly component: string;
    readonly text: string;
  }[];
  readonly failureCount: number;
  /** By the scenario and by chance. */
  readonly happened: readonly Pick<Happening, "emulatedMs" | "source" | "text">[];
};

/** Parts of the run that bytes are summed over. */
export const parts = 300;

export function reportData(scene: Scene, judged: readonly Judged[]): ReportData {
  const { topology, recording, deliveries } = scene;
  const run = { fromMs: topology.clock.startMs, untilMs: Math.max(scene.nowMs, topology.clock.startMs + 1) };
  const requests = [...recording.requests.all.values()];
  const { board, failures, quarantined, failureCount, lines } = recording;
  return {
    version: 1,
    name: topology.name,
    file: topology.file,
    scale: topology.clock.scale,
    startMs: run.fromMs,
    endMs: run.untilMs,
    timeZone: topology.sites[0]?.timeZone ?? "Etc/UTC",
    state: stateOf(judged),
    sites: topology.sites.map(({ code, name, timeZone }) => ({ code, name, timeZone })),
    expectations: judged.map(({ expectation, verdict }) => ({
      ...verdict,
      kind: expectation.kind,
      text: expectationWords(expectation),
      numbers: measuredWords(verdict),
      failedMs: verdict.failedMs ?? null,
      why: verdict.why ?? null,
    })),
    arrivals: arrivalRows(topology.sites, deliveries, board).map(({ delivery, site, server, arrival }) => ({
      package: delivery.id,
      name: delivery.name,
      sourceVersion: delivery.sourceVersion,
      site: site.code,
      server,
      arrivedMs: arrival?.emulatedMs ?? null,
      compressedBytes: arrival?.compressedBytes ?? null,
    })),
    links: linksOf(scene, requests, run),
    queues: topology.sites.map(({ code }) => ({ site: code, steps: queueSteps(requests, code) })),
    calls: lines.calls.map(({ from, to, fromMs, untilMs }) => ({
      from,
      to,
      fromMs,
      untilMs: untilMs ?? null,
    })),
    transfers: requests.filter(({ isContent }) => isContent).map(transferOf),
    failures: [...failures, ...quarantined]
      .sort((a, b) => a.emulatedMs - b.emulatedMs)
      .map(({ emulatedMs, site, component, text, action, file }) => ({
        emulatedMs,
        site,
        component,
        text: text ?? `${action}${file ? ` ${file}` : ""}`,
      })),
    failureCount: failureCount + quarantined.length,
    happened: recording.happened.map(({ emulatedMs, source, text }) => ({ emulatedMs, source, text })),
  };
}

function stateOf(judged: readonly Judged[]): ReportData["state"] {
  const states = new Set(judged.map(({ verdict }) => verdict.state));
  return states.has("failed") ? "failed" : states.has("open") ? "open" : "held";
}

/** Every way that something was sent over, those that carried content first. */
function linksOf(
  { topology, recording }: Scene,
  requests: readonly SentRequest[],
  run: Span,
): ReportedLink[] {
  const links = topology.addresses.flatMap(({ from, to }): ReportedLink[] => {
    const own = requestsBetween(requests, from, to);
    if (own.length === 0) return [];
    const byPart = bytesByPart(own, run, parts);
    return [
      {
        from,
        to,
        bytesPerSecond: bandwidthOf(topology, from, to) ?? null,
        bytes: Math.round(byPart.reduce((sum, bytes) => sum + bytes, 0)),
        byPart,
        narrowed: narrowedSpans(topology, from, to, run),
        outages: [
          ...outagesOf(topology, from, to),
          ...cutsBetween(recording.happened, from, to, run.untilMs),
        ].filter(({ fromMs, untilMs }) => fromMs < run.untilMs && untilMs > run.fromMs),
        requests: own.length,
        isContent: own.some(({ isContent }) => isContent),
      },
    ];
  });
  return links.sort((a, b) => Number(b.isContent) - Number(a.isContent));
}

function transferOf(one: SentRequest): ReportedTransfer {
  const { request, from, priority, packages, bytes, state, createdMs, attempts, waits, failures } = one;
  return {
    request,
    from,
    to: one.to ?? null,
    priority,
    sender: one.sender ?? null,
    packages,
    bytes,
    state,
    createdMs,
    endMs: one.endMs ?? null,
    attempts,
    waits,
    failures,
  };
}
