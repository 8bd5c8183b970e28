/**
 * What a site sends: its senders' counters, the windows of its addresses, and the links they send over.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import { isDown, openLink } from "../../domain/link.ts";
import { priorities } from "../../domain/priority.ts";
import { isOpen } from "../../domain/schedule.ts";
import { neighbours } from "../database/sites.ts";
import type { SenderCounters } from "../senders/sender-counters.ts";
import type { MakeCounter, MakeGauge, MetricsDeps, Sample } from "./site-registry.ts";

export function senderMetrics({ senders }: MetricsDeps, gauge: MakeGauge, counter: MakeCounter): void {
  const each = (value: (counters: SenderCounters, destination: SiteCode) => number | undefined) =>
    senders.flatMap(({ type, counters }) =>
      [...counters.counts.keys()].map(
        (destination): Sample => [{ sender: type, destination }, value(counters, destination) ?? 0],
      ),
    );
  const labels = "sender destination";
  const counts = (key: "attemptedBytes" | "sentBytes" | "failedBytes" | "sendings" | "failures") => () =>
    each((counters, site) => counters.counts.get(site)?.[key]);
  counter(
    "spoolnet_sender_attempted_bytes_total",
    "Bytes of package files handed to a connection.",
    labels,
    counts("attemptedBytes"),
  );
  counter(
    "spoolnet_sender_sent_bytes_total",
    "Bytes of package files in sendings that ended without an error.",
    labels,
    counts("sentBytes"),
  );
  counter(
    "spoolnet_sender_failed_bytes_total",
    "Bytes of package files in sendings that failed.",
    labels,
    counts("failedBytes"),
  );
  counter(
    "spoolnet_sender_sendings_total",
    "Sendings begun, each of one request.",
    labels,
    counts("sendings"),
  );
  counter("spoolnet_sender_failures_total", "Sendings that failed.", labels, counts("failures"));
  gauge("spoolnet_sender_threads", "Sendings that run now.", labels, () =>
    each((counters, site) => counters.counts.get(site)?.threads),
  );
  gauge(
    "spoolnet_sender_rate_bytes_per_second",
    "Bytes in an emulated second, over the last 5 real seconds.",
    labels,
    () => each((counters, site) => counters.bytesPerSecond(site)),
  );
}

export function addressMetrics({ place, database, zone, wan, senders }: MetricsDeps, gauge: MakeGauge): void {
  const addresses = () =>
    neighbours(database).flatMap(({ code, addresses: all }) => all.map((address) => ({ code, address })));
  gauge(
    "spoolnet_address_open",
    "Whether the schedule of an address is open to a priority now: 1 or 0.",
    "destination sender priority",
    () =>
      addresses().flatMap(({ code, address }) =>
        priorities.map((priority): Sample => {
          const open = isOpen(address.schedule, zone, priority, place.clock.now());
          return [{ destination: code, sender: address.sender, priority }, open ? 1 : 0];
        }),
      ),
  );
  const linked = () =>
    neighbours(database).map(({ code, addresses: [first] }) => {
      const bytesPerSecond = wan.bandwidthTo(code) ?? first?.line?.bytesPerSecond;
      return { destination: code, bytesPerSecond };
    });
  gauge("spoolnet_link_up", "Whether the way to a site is up: 1 or 0.", "destination", () =>
    neighbours(database).map(({ code }): Sample => {
      const way = [wan.links.up, wan.links.to[code] ?? openLink];
      return [{ destination: code }, way.some((link) => isDown(link, place.clock.now())) ? 0 : 1];
    }),
  );
  gauge(
    "spoolnet_link_capacity_bytes_per_second",
    "What the way to a site carries in an emulated second, where that is declared.",
    "destination",
    () =>
      linked().flatMap(({ destination, bytesPerSecond }): Sample[] =>
        bytesPerSecond === undefined ? [] : [[{ destination }, bytesPerSecond]],
      ),
  );
  gauge(
    "spoolnet_link_utilization_ratio",
    "What this site sends of what the way to a site carries, 0 to 1, over the last 5 real seconds.",
    "destination",
    () =>
      linked().flatMap(({ destination, bytesPerSecond }): Sample[] => {
        if (bytesPerSecond === undefined) return [];
        const sent = senders.reduce((sum, { counters }) => sum + counters.bytesPerSecond(destination), 0);
        return [[{ destination }, sent / bytesPerSecond]];
      }),
  );
}
