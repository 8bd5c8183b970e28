/**
 * The metrics pages of sites and of an orchestrator: the format, the conventions, and that they tell what happened.
 */
import { readFile } from "node:fs/promises";

import { expect } from "vitest";
import { parse } from "yaml";

import { orchestratorMetrics } from "../../orchestrator/orchestrator-metrics.ts";
import { siteStatus } from "../../orchestrator/site-status.ts";
import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import { type Family, faultsOf, type Page, pageOf, promtool } from "../support/exposition.ts";
import { test as base } from "../support/temporary-folder.ts";
import { allPoints, makeSource, TestHierarchy, threeSites } from "../support/test-hierarchy.ts";

const alertsFile = new URL("../../docs/prometheus-alerts.yaml", import.meta.url);
const dashboardFile = new URL("../../docs/grafana/spoolnet.json", import.meta.url);

const topology = `${threeSites}
links:
  - { between: [CEN, CHI], bandwidth: 1.5 Mbit/s }
addresses:
  - { from: CHI, to: MKE, schedule: { Sun: closed } }
`;

const test = base.extend("hierarchy", async ({ folder }, { onCleanup }) => {
  const hierarchy = await TestHierarchy.start(folder, topology);
  onCleanup(() => hierarchy[Symbol.asyncDispose]());
  const id = await hierarchy.addPackage(await makeSource(folder, "spool".repeat(20_000)), allPoints);
  await hierarchy.arrived(id, 1);
  return hierarchy;
});

const sites = ["CEN", "CHI", "MKE"];

/** The orchestrator's page: its registry holds the process's own metrics, so there is one. */
function orchestratorPage(hierarchy: TestHierarchy) {
  const all = [...hierarchy.running.sites.values()];
  return orchestratorMetrics(() => Promise.all(all.map((site) => siteStatus(hierarchy.site(site.code)))));
}

const samplesOf = (page: Page, metric: string): Family["samples"] => {
  const found = page.get(metric);
  if (!found) throw new Error(`no metric ${metric} (known: ${[...page.keys()].join(", ")})`);
  return found.samples;
};
const numberOf = (page: Page, metric: string, labels: Record<string, string> = {}) =>
  samplesOf(page, metric).find((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value;

test("every page keeps the format and the conventions of Prometheus, and promtool finds no fault", async ({
  hierarchy,
}) => {
  const pages = await Promise.all(sites.map((site) => hierarchy.site(site).metrics()));
  pages.push(await orchestratorPage(hierarchy).text());
  for (const text of pages) {
    const page = pageOf(text);
    expect(page.size).toBeGreaterThan(10);
    expect(faultsOf(page)).toEqual([]);
    expect(promtool(["check", "metrics"], text) ?? "").toBe("");
  }
});

test("a site's page tells what its senders did, and each site of a process only its own", async ({
  hierarchy,
}) => {
  const [cen, chi, mke] = await Promise.all(
    sites.map(async (site) => pageOf(await hierarchy.site(site).metrics())),
  );
  const completed = (await hierarchy.events("CEN")).filter(
    ({ action, peer }) => action === "completed" && peer === "CHI",
  );
  const bytes = completed.reduce((sum, event) => sum + (event.bytes ?? 0), 0);
  const toChild = { destination: "CHI", sender: "LAN" };

  expect(bytes).toBeGreaterThan(0);
  if (!cen || !chi || !mke) throw new Error("a page is missing");
  for (const metric of ["attempted", "sent"])
    expect(numberOf(cen, `spoolnet_sender_${metric}_bytes_total`, toChild), metric).toBe(bytes);
  expect(numberOf(cen, "spoolnet_sender_failed_bytes_total", toChild)).toBe(0);
  expect(numberOf(cen, "spoolnet_sender_sendings_total", toChild)).toBe(completed.length);
  expect(numberOf(cen, "spoolnet_sender_threads", toChild)).toBe(0);
  expect(numberOf(cen, "spoolnet_link_capacity_bytes_per_second", { destination: "CHI" })).toBe(187_500);
  expect(numberOf(cen, "spoolnet_link_up", { destination: "CHI" })).toBe(1);
  expect(numberOf(cen, "spoolnet_package_copies", { state: "installed" })).toBe(4);
  for (const [index, page] of [cen, chi, mke].entries()) {
    const codes = [...page.values()].flatMap(({ samples }) => samples.map(({ labels }) => labels.site));
    expect(new Set(codes)).toEqual(new Set([sites[index]]));
  }
  expect(numberOf(mke, "spoolnet_package_copies", { state: "installed" })).toBe(1);
});

test("queues, their age, windows and status messages are told as they are", async ({ hierarchy }) => {
  await hierarchy.running.setTime({ scale: 60 });
  const sunday = Date.parse("2003-11-16T01:00:00-06:00");
  await hierarchy.running.setTime({ emulatedMs: sunday });
  const patience = { everyMs: 20, withinMs: 30_000, signal: new AbortController().signal };
  await until(systemWallClock, patience, async () => {
    const { emulatedMs } = await hierarchy.site("CHI").describe();
    return emulatedMs !== null && emulatedMs >= sunday ? true : undefined; // a jump is told before it comes
  });
  await hierarchy.ask("CEN", "POST", "wmi/SMS_Package('CEN00001')/AdminService.RefreshPkgSource");
  await hierarchy.until("CHI", async () => {
    const requests = await hierarchy.site("CHI").sendRequests();
    return requests.some(({ sourceVersion, reason }) => sourceVersion === 2 && reason.startsWith("closed"));
  });
  const component = "SMS_DISTRIBUTION_MANAGER";
  const severity = "informational";
  const count = async () =>
    (await hierarchy.site("CHI").statusMessages({ severity })).filter((one) => one.component === component)
      .length;
  const before = await count(); // Distribution Manager may still be at work
  const page = pageOf(await hierarchy.site("CHI").metrics());
  const requests = { inbox: "Schedule.box/Requests" };

  expect(numberOf(page, "spoolnet_inbox_files", requests)).toBeGreaterThan(0);
  expect(numberOf(page, "spoolnet_inbox_oldest_file_age_seconds", requests)).toBeGreaterThan(0);
  expect(numberOf(page, "spoolnet_inbox_oldest_file_age_seconds", { inbox: "Outboxes/RASISDN" })).toBe(0);
  expect(numberOf(page, "spoolnet_send_request_left_bytes", { destination: "MKE" })).toBeGreaterThan(0);
  for (const priority of ["high", "medium", "low"])
    expect(numberOf(page, "spoolnet_address_open", { destination: "MKE", priority }), priority).toBe(0);
  expect(numberOf(page, "spoolnet_address_open", { destination: "CEN", priority: "low" })).toBe(1);
  const told = numberOf(page, "spoolnet_status_messages_total", { component, severity });
  expect(told).toBeGreaterThanOrEqual(before);
  expect(told).toBeLessThanOrEqual(await count());
});

test("an orchestrator's page tells how each site is, also of one that does not answer", async ({
  hierarchy,
}) => {
  const silent = { code: "XYZ", health: "does not answer", why: "gone" } as const;
  const one = orchestratorMetrics(async () => [await siteStatus(hierarchy.site("CHI")), silent]);
  const page = pageOf(await one.text());

  expect(numberOf(page, "spoolnet_site_up", { site: "CHI" })).toBe(1);
  expect(numberOf(page, "spoolnet_site_up", { site: "XYZ" })).toBe(0);
  expect(numberOf(page, "spoolnet_site_inbox_files", { site: "CHI", inbox: "Distmgr.box" })).toBe(0);
});

test("who does not show the administrator's token is told no metrics", async ({ hierarchy }) => {
  expect((await fetch(`${hierarchy.site("CEN").url}/metrics`)).status).toBe(401);
});

test("the table of docs/operations.md is what a site's page has, by name, type and words", async ({
  hierarchy,
}) => {
  const text = await readFile(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| `([a-z0-9_]+)` \| (gauge|counter) \| [a-z, -]+ \| (.+) \|$/gm)];
  const page = pageOf(await hierarchy.site("CEN").metrics());

  expect(rows.map(([, metric, type, help]) => [metric, type, help]).sort()).toEqual(
    [...page].map(([metric, { type, help }]) => [metric, type, help]).sort(),
  );
});

test("each metric of the dashboard and of the alert rules is on a page, and promtool takes the rules", async ({
  hierarchy,
}) => {
  const texts = [await hierarchy.site("CEN").metrics(), await orchestratorPage(hierarchy).text()];
  const known = new Set(texts.flatMap((text) => [...pageOf(text).keys()]));
  const alerts = parse(await readFile(alertsFile, "utf8")) as {
    groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
  };
  const dashboard = JSON.parse(await readFile(dashboardFile, "utf8")) as {
    panels: { title: string; targets?: { expr: string }[] }[];
    templating: { list: { type: string; query: string }[] };
  };
  const rules = alerts.groups.flatMap((group) => group.rules);
  const expressions = [
    ...rules.map(({ expr }) => expr),
    ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...dashboard.templating.list.filter(({ type }) => type === "query").map(({ query }) => query),
  ];
  const named = expressions.flatMap((expression) => [
    ...expression.matchAll(/\b(?:spoolnet|process|nodejs)_[a-z0-9_]+/g),
  ]);

  expect(rules.length).toBeGreaterThan(4);
  expect(dashboard.panels.length).toBeGreaterThan(6);
  for (const expression of expressions) expect(expression).toMatch(/spoolnet_|process_/);
  expect(named.map(([metric]) => metric).filter((metric) => !known.has(metric))).toEqual([]);
  expect(promtool(["check", "rules", alertsFile.pathname]) ?? "").toBe("");
});
