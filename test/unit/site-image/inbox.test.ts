import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";
import { z } from "zod";

import { workThrough } from "../../../site-image/component.ts";
import { statusMessagesOf } from "../../../site-image/database/status-messages.ts";
import { Inbox, putDocument } from "../../../site-image/inboxes/inbox.ts";
import { test as siteTest } from "../../support/site-fixture.ts";

const stage = { ready: ".SRQ", claimed: ".SRS" };
const document = z.strictObject({ version: z.literal(1), text: z.string() });

const test = siteTest.extend("inbox", async ({ site, folder }) => {
  const inbox = new Inbox(join(folder, "box"), stage, site.place);
  await inbox.recover();
  return inbox;
});

test("a file that is put is offered whole, and the journal says so", async ({ site, inbox }) => {
  await putDocument(site.place, join(inbox.folder, "A.SRQ"), { version: 1, text: "hello" }, {});
  expect(await inbox.ready()).toEqual(["A"]);
  const file = await inbox.claim("A");
  expect(await file?.read(document)).toEqual({ version: 1, text: "hello" });
  await file?.done();
  expect(await readdir(inbox.folder)).toEqual([]);
  expect(site.events().map(({ action, file: at, from }) => [action, at, from])).toEqual([
    ["created", "box/A.SRQ", undefined],
    ["claimed", "box/A.SRS", "box/A.SRQ"],
    ["deleted", "box/A.SRS", undefined],
  ]);
});

test("a file that is still being written is not offered", async ({ inbox }) => {
  await writeFile(join(inbox.folder, ".A.SRQ.0000.tmp"), '{"version":1,');
  expect(await inbox.ready()).toEqual([]);
});

test("of two that want the same file, one gets it", async ({ site, inbox }) => {
  await putDocument(site.place, join(inbox.folder, "A.SRQ"), {}, {});
  const claims = await Promise.all([inbox.claim("A"), inbox.claim("A"), inbox.claim("A")]);
  expect(claims.filter((file) => file !== undefined)).toHaveLength(1);
});

test("a file that the disk does not let be taken is said to wait, with the reason", async ({
  site,
  inbox,
}) => {
  await putDocument(site.place, join(inbox.folder, "A.SRQ"), {}, {});
  await mkdir(join(inbox.folder, "A.SRS")); // what no file can be renamed to
  await expect(inbox.claim("A")).rejects.toThrow("EISDIR");

  expect(site.events().at(-1)).toMatchObject({
    action: "released",
    file: "box/A.SRQ",
    text: expect.stringContaining("it could not be taken: EISDIR"),
  });
});

test("what a run that died had in hand is ready again, and what it was writing is gone", async ({
  site,
  inbox,
}) => {
  await writeFile(join(inbox.folder, "A.SRS"), "{}");
  await writeFile(join(inbox.folder, ".B.SRQ.0000.tmp"), "half");
  await new Inbox(inbox.folder, stage, site.place).recover();
  expect(await readdir(inbox.folder)).toEqual(["A.SRQ"]);
});

test("what a run that died had in hand gives way to a newer file of its name", async ({ site, inbox }) => {
  await writeFile(join(inbox.folder, "A.SRS"), "old");
  await writeFile(join(inbox.folder, "A.SRQ"), "new");
  await new Inbox(inbox.folder, stage, site.place).recover();
  expect(await readdir(inbox.folder)).toEqual(["A.SRQ"]);
  expect(await readFile(join(inbox.folder, "A.SRQ"), "utf8")).toBe("new");
});

test("a file put back for later is not offered before its time, unless a new one replaces it", async ({
  site,
  inbox,
}) => {
  const path = join(inbox.folder, "A.SRQ");
  await putDocument(site.place, path, { version: 1, text: "old" }, {});
  const far = 1000 * 3_600_000;
  await (await inbox.claim("A"))?.release(far);
  expect(await inbox.ready()).toEqual([]);
  await putDocument(site.place, path, { version: 1, text: "new" }, {});
  expect(await inbox.ready()).toEqual(["A"]);
  await (await inbox.claim("A"))?.release(far);
  inbox.hurry();
  expect(await inbox.ready()).toEqual(["A"]);
});

test("a file put back for later comes round when its time has come", async ({ site, inbox }) => {
  await putDocument(site.place, join(inbox.folder, "A.SRQ"), {}, {});
  await (await inbox.claim("A"))?.release(60_000); // an emulated minute: 60 ms here
  const stop = new AbortController();
  for await (const _ of inbox.changes(stop.signal)) {
    if ((await inbox.ready()).length > 0) stop.abort();
  }
  expect(site.clock.now()).toBeGreaterThan(site.events().at(-1)?.emulatedMs ?? 0);
});

test.for([
  ["not JSON", "nonsense"],
  ["an empty file", ""],
  ["another document", '{"version":1,"words":"hello"}'],
  ["a later version", '{"version":2,"text":"hello"}'],
])(
  "%s goes to quarantine with a status message and never comes round again",
  async ([, content = ""], { site, inbox }) => {
    await writeFile(join(inbox.folder, "A.SRQ"), content);
    const file = await inbox.claim("A");
    expect(await file?.read(document)).toBeUndefined();
    expect(await inbox.ready()).toEqual([]);
    expect(await readFile(join(inbox.folder, "Quarantine/A.SRQ"), "utf8")).toBe(content);
    expect(statusMessagesOf(site.database, { limit: 10 })).toMatchObject([{ id: 30000, severity: "error" }]);
  },
);

test("a component that stops finishes what it has in hand and leaves the rest", async ({ site, inbox }) => {
  for (const name of ["A", "B", "C"]) {
    await putDocument(site.place, join(inbox.folder, `${name}.SRQ`), { version: 1, text: name }, {});
  }
  const stop = new AbortController();
  const handled: string[] = [];
  await workThrough(
    {
      place: site.place,
      inbox,
      schema: document,
      handle: async ({ text }, file) => {
        stop.abort(); // while this one is in hand
        await file.done();
        handled.push(text);
      },
    },
    stop.signal,
  );
  expect(handled).toEqual(["A"]);
  expect(await inbox.ready()).toEqual(["B", "C"]);
});

test("a file whose work failed is tried again, and the others do not wait for it", async ({
  site,
  inbox,
}) => {
  for (const name of ["A", "B"]) {
    await putDocument(site.place, join(inbox.folder, `${name}.SRQ`), { version: 1, text: name }, {});
  }
  const stop = new AbortController();
  const tried: string[] = [];
  await workThrough(
    {
      place: site.place,
      inbox,
      schema: document,
      handle: async ({ text }, file) => {
        tried.push(text);
        if (text === "A" && !tried.includes("B")) throw new Error("not yet");
        await file.done();
        if (!existsSync(join(inbox.folder, "A.SRQ")) && text === "A") stop.abort();
      },
    },
    stop.signal,
  );
  expect(tried).toEqual(["A", "B", "A"]);
});

test("a folder that was never there is made when the site recovers", async ({ site, folder }) => {
  const inbox = new Inbox(join(folder, "deep/er/box"), stage, site.place);
  await inbox.recover();
  await mkdir(join(inbox.folder, "Quarantine"));
  expect(await inbox.ready()).toEqual([]);
});
