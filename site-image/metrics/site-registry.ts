/**
 * The metrics of one site, in Prometheus conventions: base units in the names, counters end in `_total`. A registry a
 * site, never the library's own, as several sites can be in one process. All is read when it is asked for.
 * docs/operations.md lists them.
 */

import { Counter, Gauge, Registry } from "prom-client";

import type { ClockTimeline } from "../../domain/clock.ts";
import type { SenderType } from "../../domain/package.ts";
import type { TimeZone } from "../../domain/time-zone.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import type { Place } from "../inboxes/inbox.ts";
import type { SenderCounters } from "../senders/sender-counters.ts";
import type { Wan } from "../senders/wan.ts";
import { queueMetrics } from "./queue-metrics.ts";
import { addressMetrics, senderMetrics } from "./sending-metrics.ts";
import { processMetrics, stateMetrics } from "./state-metrics.ts";

export type MetricsDeps = {
  readonly place: Place;
  readonly database: SiteDatabase;
  readonly zone: TimeZone;
  readonly wan: Wan;
  readonly senders: readonly { readonly type: SenderType; readonly counters: SenderCounters }[];
  /** The clock the site runs by, null while it waits to be told. */
  readonly clock: () => ClockTimeline | null;
};

type Labels = Record<string, string>;
export type Sample = readonly [labels: Labels, value: number];

export function siteRegistry(deps: MetricsDeps): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ site: deps.place.site });
  const labelsOf = (labels: string) => (labels === "" ? [] : labels.split(" "));
  /** `labels` are names with spaces between. */
  const gauge = (
    name: string,
    help: string,
    labels: string,
    read: () => Iterable<Sample> | Promise<Sample[]>,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: labelsOf(labels),
      registers: [registry],
      async collect() {
        const samples = [...(await read())];
        this.reset();
        for (const [of, value] of samples) this.set(of, value);
      },
    });
  const counter = (name: string, help: string, labels: string, read: () => Iterable<Sample>) =>
    new Counter({
      name,
      help,
      labelNames: labelsOf(labels),
      registers: [registry],
      collect() {
        this.reset();
        for (const [of, value] of read()) this.inc(of, value);
      },
    });
  senderMetrics(deps, gauge, counter);
  queueMetrics(deps, gauge);
  addressMetrics(deps, gauge);
  stateMetrics(deps, gauge, counter);
  processMetrics(deps, gauge, counter);
  return registry;
}

type Make<Read> = (name: string, help: string, labels: string, read: () => Read) => unknown;
export type MakeGauge = Make<Iterable<Sample> | Promise<Sample[]>>;
export type MakeCounter = Make<Iterable<Sample>>;
