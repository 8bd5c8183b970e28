/**
 * The metrics of an orchestrator, in the exposition format of Prometheus: its process, and the sites as they answer it.
 * The console serves them: `text()` is asked at each scrape. What a site does is on the site's own page.
 */
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";

import { sendStatus } from "../domain/send-request.ts";
import type { SiteStatus } from "./site-status.ts";

export type OrchestratorMetrics = {
  /** The Content-Type to serve it with. */
  readonly contentType: string;
  text(): Promise<string>;
};

/** Of the library's own, those that break Prometheus' conventions: gauges that end in `_total`. */
const unconventional = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

/** `look` says how the sites are now (`siteStatus` of each). Call it once in a process: it measures the event loop. */
export function orchestratorMetrics(look: () => Promise<readonly SiteStatus[]>): OrchestratorMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of unconventional) registry.removeSingleMetric(name);
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const up = gauge("spoolnet_site_up", "Whether a site answers: 1 or 0.", "site");
  const time = gauge(
    "spoolnet_site_emulated_time_seconds",
    "Emulated time at a site, since the Unix epoch.",
    "site",
  );
  const files = gauge("spoolnet_site_inbox_files", "Files in the inboxes of a site.", "site", "inbox");
  const requests = gauge(
    "spoolnet_site_send_requests",
    "Send requests of a site, by state.",
    "site",
    "state",
  );
  return {
    contentType: registry.contentType,
    async text() {
      const sites = await look();
      for (const one of [up, time, files, requests]) one.reset();
      for (const site of sites) {
        up.set({ site: site.code }, "requests" in site ? 1 : 0);
        if (!("requests" in site)) continue;
        if (site.emulatedMs !== null) time.set({ site: site.code }, site.emulatedMs / 1000);
        for (const { inbox, files: count } of site.inboxes) files.set({ site: site.code, inbox }, count);
        for (const state of sendStatus.options) {
          const inState = site.requests.filter((request) => request.state === state);
          requests.set({ site: site.code, state }, inState.length);
        }
      }
      return await registry.metrics();
    },
  };
}
