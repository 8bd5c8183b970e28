import { describe, expect, test } from "vitest";

import { packageId, siteCode } from "../../../domain/identifiers.ts";
import { type JournalEvent, journalEvent } from "../../../domain/journal.ts";
import { storyLines } from "../../../orchestrator/story-lines.ts";
import { storyOf } from "../../../orchestrator/trace.ts";

const id = packageId.parse("CEN00001");
const inboxes = "SMS/Inboxes";
const startMs = Date.parse("2003-11-07T22:30:00Z");

/** Events of several sites, one real second apart in the order given. */
function journal(...entries: ({ site: string; component: string } & Partial<Record<string, unknown>>)[]) {
  const sequences = new Map<string, number>();
  return entries.map((entry, index): JournalEvent => {
    const sequence = (sequences.get(entry.site) ?? 0) + 1;
    sequences.set(entry.site, sequence);
    return journalEvent.parse({
      sequence,
      realMs: index * 1000,
      emulatedMs: startMs + index * 60_000,
      ...entry,
    });
  });
}

const notified = {
  site: "CEN",
  component: "SMS_SQL_MONITOR",
  action: "created",
  file: `${inboxes}/Distmgr.box/CEN00001.PKN`,
  packages: [id],
};
const taken = {
  site: "CEN",
  component: "SMS_DISTRIBUTION_MANAGER",
  action: "claimed",
  from: `${inboxes}/Distmgr.box/CEN00001.PKN`,
  file: `${inboxes}/Distmgr.box/CEN00001.WRK`,
};
const requested = {
  site: "CEN",
  component: "SMS_SCHEDULER",
  action: "created",
  file: `${inboxes}/Schedule.box/Outboxes/LAN/1__01CEN.SRQ`,
  packages: [id],
  job: "00000001",
  request: "1__01CEN",
  peer: "CHI",
};
const sending = {
  site: "CEN",
  component: "SMS_LAN_SENDER",
  action: "sending",
  packages: [id],
  job: "00000001",
  request: "1__01CEN",
  peer: "CHI",
  bytes: 2048,
  offset: 0,
};
const received = {
  site: "CHI",
  component: "SMS_SITE_SHARE",
  action: "received",
  file: `${inboxes}/Despoolr.box/Receive/1__01CEN.SNI`,
  request: "1__01CEN",
  peer: "CEN",
};
const executed = {
  site: "CHI",
  component: "SMS_DESPOOLER",
  action: "claimed",
  from: received.file,
  file: received.file.replace("SNI", "IST"),
};
const installed = {
  site: "CHI",
  component: "SMS_DISTRIBUTION_MANAGER",
  action: "installed",
  packages: [id],
  sourceVersion: 1,
  server: "CHIDP1",
  bytes: 4096,
};
const news = {
  site: "CHI",
  component: "SMS_DISTRIBUTION_MANAGER",
  action: "created",
  file: `${inboxes}/Replmgr.box/Outbound/Low/00000001.RPT`,
  packages: [id],
  peer: "CEN",
};
const heard = {
  site: "CEN",
  component: "SMS_REPLICATION_MANAGER",
  action: "recorded",
  packages: [id],
  peer: "CHI",
  server: "CHIDP1",
  sourceVersion: 1,
  text: "site CHI, CHIDP1: installed",
};
const other = {
  site: "CEN",
  component: "SMS_SQL_MONITOR",
  action: "created",
  file: `${inboxes}/Distmgr.box/CEN00002.PKN`,
  packages: ["CEN00002"],
};

describe("the story of a package", () => {
  test("follows a file through a claim that does not say which package it is about", () => {
    const { steps } = storyOf(journal(other, notified, taken), id);

    expect(steps.map(({ event }) => event.action)).toEqual(["created", "claimed"]);
  });

  test("follows a request to the site that receives it", () => {
    const { steps } = storyOf(journal(requested, sending, received, executed), id);

    expect(steps.map(({ event }) => `${event.site} ${event.action}`)).toEqual([
      "CEN created",
      "CEN sending",
      "CHI received",
      "CHI claimed",
    ]);
  });

  test("is in order of real time, and of each site's own count where a clock was set back", () => {
    const [first, second, third] = journal(notified, taken, requested).map((event) => ({ ...event }));
    if (!first || !second || !third) throw new Error("expected three events");
    const { steps } = storyOf([third, { ...second, realMs: -5000 }, first], id);

    expect(steps.map(({ event }) => event.sequence)).toEqual([1, 2, 3]);
  });

  test("leaves out what is about other packages, also when a name is used again", () => {
    const again = { ...other, file: notified.file };
    const { steps } = storyOf(journal(notified, again, taken), id);

    expect(steps).toHaveLength(1);
  });

  test("tells content on its way down from news on its way up", () => {
    const { steps } = storyOf(journal(requested, sending, received, installed, news, heard), id);

    expect(steps.filter(({ isNews }) => isNews).map(({ event }) => event.file)).toEqual([news.file]);
  });

  test("says who has which version since when", () => {
    const { copies } = storyOf(journal(requested, sending, installed, { ...installed }), id);

    expect(copies).toMatchObject([
      { site: "CHI", server: "CHIDP1", sourceVersion: 1, since: { sequence: 1 } },
    ]);
  });

  test("says which files a component still has to finish with, and why where it was said", () => {
    const failed = { ...sending, action: "failed", text: "site CHI closed the connection" };
    const released = { ...failed, action: "released", file: requested.file };
    const { waits } = storyOf(journal(notified, requested, sending, failed, released), id);

    expect(waits.map(({ file, reason }) => [file, reason])).toEqual([
      [notified.file, undefined],
      [requested.file, "site CHI closed the connection"],
    ]);
  });

  test("says what a component waits for without a file, until it has come", () => {
    const waiting = {
      ...installed,
      action: "waiting",
      server: undefined,
      text: "the content hasn't arrived yet",
    };

    expect(storyOf(journal(waiting), id).waits).toMatchObject([{ reason: "the content hasn't arrived yet" }]);
    expect(storyOf(journal(waiting, installed), id).waits).toEqual([]);
  });

  test("forgets what a sender failed at once another one takes the request on", () => {
    const failed = { ...sending, action: "failed", text: "the address rests until Fri 18:31:00" };
    const resting = { ...requested, file: `${inboxes}/Schedule.box/Requests/1__01CEN.SRQ` };
    const putAside = {
      ...resting,
      component: "SMS_LAN_SENDER",
      action: "renamed",
      from: requested.file,
      text: failed.text,
    };
    const givenOn = {
      ...requested,
      action: "renamed",
      from: resting.file,
      file: `${inboxes}/Schedule.box/Outboxes/RASISDN/1__01CEN.SRQ`,
    };
    const dialled = { ...sending, component: "SMS_ISDN_RAS_SENDER" };

    expect(storyOf(journal(requested, failed, putAside), id).waits).toMatchObject([{ reason: failed.text }]);
    for (const rest of [[givenOn], [givenOn, dialled]])
      expect(
        storyOf(journal(requested, failed, putAside, ...rest), id).waits.map(({ reason }) => reason),
      ).toEqual([undefined]);
  });

  test("waits for nothing once every file is gone", () => {
    const done = { ...taken, action: "deleted", from: undefined };

    expect(storyOf(journal(notified, taken, done), id).waits).toEqual([]);
  });
});

describe("the lines of a story", () => {
  const options = {
    name: "Office Update",
    timeZones: new Map([[siteCode.parse("CHI"), "America/Chicago"]]),
    all: false,
    timeline: false,
  };

  test("name the site, its own time, the log and the files", () => {
    const lines = storyLines(
      storyOf(journal(notified, taken, requested, sending, received, installed, news), id),
      options,
    );

    expect(lines.join("\n")).toBe(`CEN00001 "Office Update"

CEN, from Fri 2003-11-07 22:30:00 UTC
     +0.0s  smsdbmon.log  left Distmgr.box/CEN00001.PKN
   +1m 00s  distmgr.log   took Distmgr.box/CEN00001.PKN -> CEN00001.WRK

CEN -> CHI, from Fri 2003-11-07 22:32:00 UTC
   +2m 00s  CEN  sched.log     left Schedule.box/Outboxes/LAN/1__01CEN.SRQ for CHI
   +3m 00s  CEN  sender.log    sending to CHI, 2.0 KB (request 1__01CEN)
   +4m 00s  CHI  smssite.log   received Despoolr.box/Receive/1__01CEN.SNI from CEN

CHI, from Fri 2003-11-07 16:35:00 America/Chicago
   +5m 00s  distmgr.log   installed version 1 on CHIDP1, 4.0 KB

(1 more step carried the news of this back up: --all shows them)

What each site has
  CHI  distribution point CHIDP1  version 1  +5m 00s

What is waited for
  CEN  distmgr.log  since +1m 00s  Distmgr.box/CEN00001.WRK: taken, not finished yet
  CEN  sched.log    since +2m 00s  Schedule.box/Outboxes/LAN/1__01CEN.SRQ: waits to be taken
  CHI  smssite.log  since +4m 00s  Despoolr.box/Receive/1__01CEN.SNI: waits to be taken`);
  });

  test("are in the order of time over all sites when asked", () => {
    const lines = storyLines(storyOf(journal(requested, notified, sending), id), {
      ...options,
      timeline: true,
    });

    expect(lines.slice(3, 6).map((line) => line.trim().split(/ +/).slice(0, 3).join(" "))).toEqual([
      "+0.0s CEN sched.log",
      "+1m 00s CEN",
      "+2m 00s CEN",
    ]);
  });

  test("show the way of the news when asked", () => {
    const lines = storyLines(storyOf(journal(sending, news), id), { ...options, all: true });

    expect(lines.join("\n")).toContain("left Replmgr.box/Outbound/Low/00000001.RPT for CEN");
  });
});
