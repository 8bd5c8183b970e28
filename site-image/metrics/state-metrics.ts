/**
 * How a site is: its packages, status messages and clock, and the process it is in.
 */
import { copyState } from "../../domain/package-status.ts";
import { packageStatuses } from "../database/package-status.ts";
import { statusTallies } from "../database/status-messages.ts";
import { eventLoopDelay } from "./event-loop-delay.ts";
import type { MakeCounter, MakeGauge, MetricsDeps, Sample } from "./site-registry.ts";

export function stateMetrics(
  { place, database, clock }: MetricsDeps,
  gauge: MakeGauge,
  counter: MakeCounter,
): void {
  gauge("spoolnet_package_copies", "Packages on distribution points known here, by state.", "state", () => {
    const rows = packageStatuses(database).filter(({ server }) => server !== "");
    return copyState.options.map(
      (state): Sample => [{ state }, rows.filter((row) => row.state === state).length],
    );
  });
  counter(
    "spoolnet_status_messages_total",
    "Status messages raised at this site.",
    "component severity",
    () =>
      statusTallies(database, place.site)
        .filter(({ site }) => site === place.site)
        .map(({ component, severity, messages }): Sample => [{ component, severity }, messages]),
  );
  gauge("spoolnet_disk_trouble", "1 while the site's disk fails, else 0.", "", () => [
    [{}, place.disk.now ? 1 : 0],
  ]);
  gauge("spoolnet_emulated_time_seconds", "Emulated time since the Unix epoch.", "", () =>
    clock() ? [[{}, place.clock.now() / 1000]] : [],
  );
  gauge("spoolnet_clock_scale_ratio", "Emulated seconds a real one.", "", () =>
    clock() ? [[{}, place.clock.scale()]] : [],
  );
}

export function processMetrics({ place }: MetricsDeps, gauge: MakeGauge, counter: MakeCounter): void {
  const delay = () => eventLoopDelay(place.clock.realNow());
  const help = (what: string) => `${what} delay of the process's event loop since it was asked last.`;
  gauge("spoolnet_event_loop_delay_mean_seconds", help("Mean"), "", () => [[{}, delay().meanSeconds]]);
  gauge("spoolnet_event_loop_delay_p99_seconds", help("99th percentile of the"), "", () => [
    [{}, delay().p99Seconds],
  ]);
  gauge("spoolnet_event_loop_delay_max_seconds", help("Longest"), "", () => [[{}, delay().maxSeconds]]);
  gauge(
    "process_resident_memory_bytes",
    "Resident memory of the process, whatever sites are in it.",
    "",
    () => [[{}, process.memoryUsage.rss()]],
  );
  counter("process_cpu_seconds_total", "User and system time of the process.", "", () => {
    const { user, system } = process.cpuUsage();
    return [[{}, (user + system) / 1e6]];
  });
}
