/** Scenes to judge: a topology as its file has it, and events as the journals of its sites have them. */
import { packageId } from "../../../domain/identifiers.ts";
import { type JournalEvent, journalEvent } from "../../../domain/journal.ts";
import type { Scene } from "../../../orchestrator/expectations/expectation.ts";
import { Recording } from "../../../orchestrator/report/recording.ts";
import { planOf } from "../../../orchestrator/topology/plan.ts";
import { topologySchema } from "../../../orchestrator/topology/schema.ts";

export const startMs = Date.parse("2003-11-06T17:30:00-05:00"); // a Thursday
const minuteMs = 60_000;

export const topology = planOf(
  "night.yaml",
  topologySchema.parse({
    name: "night",
    clock: { start: "2003-11-06T17:30:00-05:00", scale: 600 },
    sites: {
      CEN: { type: "primary", timeZone: "America/New_York", distributionPoints: ["HQDP"] },
      BOS: { type: "secondary", parent: "CEN", timeZone: "America/New_York", distributionPoints: ["BOSDP"] },
      ALB: { type: "secondary", parent: "CEN", timeZone: "America/New_York", distributionPoints: ["ALBDP"] },
    },
    links: [{ between: ["CEN", "BOS"], bandwidth: "8 kbit/s", outages: [{ at: "+6h", for: "15 min" }] }],
    addresses: [
      { from: "CEN", to: "BOS", schedule: { "Mon-Fri 07-22": "closed" } },
      { from: "CEN", to: "ALB", sender: "RASISDN", line: "64 kbit/s" },
    ],
    packages: ["Maps", "Patch"].map((name) => ({
      name,
      site: "CEN",
      source: "source",
      distributionPoints: "all",
    })),
    expect: [],
  }),
  undefined,
);

export const maps = packageId.parse("CEN00001");

export const deliveries: Scene["deliveries"] = topology.packages.map(
  ({ name, distributionPoints }, index) => ({
    id: packageId.parse(`CEN0000${index + 1}`),
    name,
    sourceVersion: 1,
    distributionPoints,
  }),
);

type Said = { readonly at: number } & Record<string, unknown>;

/** Events at minutes since the start; of site CEN where they do not say. */
export function events(...said: Said[]): JournalEvent[] {
  const counted = new Map<unknown, number>();
  const next = (site: unknown = "CEN") => {
    counted.set(site, (counted.get(site) ?? 0) + 1);
    return counted.get(site);
  };
  return said.map(({ at, ...event }, index) =>
    journalEvent.parse({
      sequence: event.action === "progress" ? 0 : next(event.site),
      site: "CEN",
      component: "SMS_LAN_SENDER",
      emulatedMs: startMs + at * minuteMs,
      realMs: index,
      ...event,
    }),
  );
}

export function sceneOf(nowMinutes: number, said: readonly Said[], more: Partial<Scene> = {}): Scene {
  return {
    topology,
    recording: Recording.of(events(...said)),
    deliveries,
    nowMs: startMs + nowMinutes * minuteMs,
    givenUp: new Set(),
    isOver: false,
    ...more,
  };
}

export const installed = (at: number, server: string, id = "CEN00001"): Said => ({
  at,
  action: "installed",
  site: { HQDP: "CEN", BOSDP: "BOS", ALBDP: "ALB" }[server],
  component: "SMS_DISTRIBUTION_MANAGER",
  packages: [id],
  sourceVersion: 1,
  server,
});

/** A request from its file to its end: `to` gets `bytes` from minute `from` until minute `until`. */
export function sent(
  request: string,
  { to = "BOS", from, until, bytes }: { to?: string; from: number; until: number; bytes: number },
): Said[] {
  const about = { request, peer: to, packages: ["CEN00001"], job: "00000001" };
  const outbox = "SMS/Inboxes/Schedule.box/Outboxes/LAN";
  return [
    { at: from - 1, action: "created", file: `${outbox}/${request}.SRQ`, ...about },
    { at: from - 0.5, action: "claimed", file: `${outbox}/${request}.SRS`, from: `${outbox}/${request}.SRQ` },
    { at: from, action: "sending", offset: 0, bytes, ...about },
    { at: until, action: "completed", bytes, file: `${outbox}/${request}.SRS`, ...about },
    { at: until + 0.1, action: "deleted", file: `${outbox}/${request}.SRS`, ...about },
  ];
}
