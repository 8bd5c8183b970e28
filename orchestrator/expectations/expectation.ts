/**
 * What a topology can expect of a run, and what came of it. How each kind is judged is in the files beside this one.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { DistributionPoint } from "../../domain/package.ts";
import type { Priority } from "../../domain/priority.ts";
import { formatByteSize } from "../../domain/quantity.ts";
import type { NamedHours } from "../../domain/week-hours.ts";
import type { Delivery } from "../progress/expectations.ts";
import type { Recording } from "../report/recording.ts";
import { durationWords } from "../topology/duration.ts";
import type { Topology } from "../topology/plan.ts";
import { counted } from "../words.ts";

/** A package is on each of these, in time. */
export type ArrivalExpectation = {
  readonly kind: "arrival";
  readonly package: string;
  readonly on: readonly DistributionPoint[];
  /** Emulated milliseconds since the clock's start. */
  readonly byMs: number;
};

/** On each of these, a package is there before another. */
export type OrderExpectation = {
  readonly kind: "order";
  readonly package: string;
  readonly before: string;
  readonly on: readonly DistributionPoint[];
};

/** From one site to another. What is counted are the bytes of package files. */
export type BytesExpectation = {
  readonly kind: "bytes";
  readonly from: SiteCode;
  readonly to: SiteCode;
  readonly mostBytes: number;
  /** On the clock of the sending site. Undefined: always. */
  readonly during: NamedHours | undefined;
};

export type BusyExpectation = {
  readonly kind: "busy";
  readonly from: SiteCode;
  readonly to: SiteCode;
  /** From 0 to 1, of what could go. */
  readonly mostShare: number;
  readonly during: NamedHours | undefined;
};

/** The lines of a site's RAS senders, all calls together, or those to one site. */
export type LineExpectation = {
  readonly kind: "connected";
  readonly from: SiteCode;
  readonly to: SiteCode | undefined;
  readonly mostMs: number;
};

export type SilenceExpectation = {
  readonly kind: "nothing sent";
  readonly from: SiteCode;
  readonly to: SiteCode;
  readonly priority: Priority | undefined;
  readonly during: NamedHours;
};

export type LossExpectation = { readonly kind: "nothing lost" };

export type Expectation =
  | ArrivalExpectation
  | OrderExpectation
  | BytesExpectation
  | BusyExpectation
  | LineExpectation
  | SilenceExpectation
  | LossExpectation;

/** What an expectation is judged by. */
export type Scene = {
  readonly topology: Topology;
  readonly recording: Recording;
  readonly deliveries: readonly Delivery[];
  readonly nowMs: number;
  /** Copies that a site will not try again, as arrival keys. */
  readonly givenUp: ReadonlySet<string>;
  /** Nothing is waited for any more: what did not fail by now has held. */
  readonly isOver: boolean;
};

export type Verdict = {
  /** `open` can still become either. */
  readonly state: "open" | "held" | "failed";
  /** What was measured and what it is measured against, in `unit`. */
  readonly measured: number;
  readonly bound: number;
  readonly unit: "distribution points" | "bytes" | "share" | "ms" | "losses";
  /** Of a failure: when, on the emulated calendar, and why. */
  readonly failedMs: number | undefined;
  readonly why: string | undefined;
};

/** An expectation that waits for something keeps a run going; another only bounds it, and the end decides it. */
export function isWaitedFor({ kind }: Expectation): boolean {
  return kind === "arrival" || kind === "order" || kind === "nothing lost";
}

export function expectationWords(expectation: Expectation): string {
  switch (expectation.kind) {
    case "arrival":
      return `${expectation.package} on ${pointsWords(expectation.on)} by +${durationWords(expectation.byMs)}`;
    case "order":
      return `${expectation.package} before ${expectation.before} on ${pointsWords(expectation.on)}`;
    case "bytes":
      return `${wayWords(expectation)} at most ${formatByteSize(expectation.mostBytes)}${during(expectation)}`;
    case "busy":
      return `${wayWords(expectation)} at most ${percentWords(expectation.mostShare)} busy${during(expectation)}`;
    case "connected": {
      const { from, to, mostMs } = expectation;
      return `the line of ${from} connected${to ? ` to ${to}` : ""} for at most ${durationWords(mostMs)}`;
    }
    case "nothing sent": {
      const what = expectation.priority ? `of ${expectation.priority} priority ` : "";
      return `${wayWords(expectation)} nothing ${what}sent${during(expectation)}`;
    }
    case "nothing lost":
      return "nothing lost";
  }
}

/** `12.5%`, `0.03%` */
export function percentWords(share: number): string {
  return `${Number((share * 100).toPrecision(3))}%`;
}

/** Against a bound that a file wrote: in powers of 1000, as it did. */
export function sizeWords(bytes: number): string {
  const [unit, factor] = (
    [
      ["GB", 1e9],
      ["MB", 1e6],
      ["KB", 1e3],
    ] as const
  ).find(([, least]) => bytes >= least) ?? ["bytes", 1];
  return `${Number((bytes / factor).toPrecision(4))} ${unit}`;
}

/** What was measured, in words: `3 of 4 distribution points`, `512 MB`. The bound is told with what was expected. */
export function measuredWords({ measured, bound, unit }: Verdict): string {
  if (unit === "distribution points") return `${measured} of ${counted(bound, "distribution point")}`;
  if (unit === "bytes") return sizeWords(measured);
  if (unit === "share") return percentWords(measured);
  if (unit === "ms") return durationWords(measured);
  return measured === 1 ? "1 loss" : `${measured} losses`;
}

function pointsWords(points: readonly DistributionPoint[]): string {
  return counted(points.length, "distribution point");
}

function wayWords({ from, to }: { readonly from: SiteCode; readonly to: SiteCode }): string {
  return `${from} -> ${to}:`;
}

function during({ during }: { readonly during: NamedHours | undefined }): string {
  return during ? `, ${during.words}` : "";
}
