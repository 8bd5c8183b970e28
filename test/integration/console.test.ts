/**
 * The console over HTTP, beside a real run: who may do what, and a stream that goes on where it was cut off.
 */
import { request } from "node:http";
import { join } from "node:path";

import { EventSourceParserStream } from "eventsource-parser/stream";
import { expect } from "vitest";

import type { StatusMessage } from "../../domain/status-messages.ts";
import { Spoolnet } from "../support/spoolnet-process.ts";
import { test as base } from "../support/temporary-folder.ts";

type At = { readonly url: string; readonly token: string };

const test = base.extend("at", async ({ folder }, { onCleanup }): Promise<At> => {
  const run = new Spoolnet(["run", "--json", "--root", join(folder, "root")]);
  onCleanup(async () => {
    run.child.kill("SIGTERM");
    await run.ended();
  });
  return JSON.parse(await run.says('"type":"console"'));
});

/** Begins one more process of a command, which ends with the test. */
const commands = base.extend("start", async ({ folder }, { onCleanup }) => {
  const started: Spoolnet[] = [];
  onCleanup(async () => {
    for (const one of started) one.child.kill("SIGTERM");
    await Promise.all(started.map((one) => one.ended()));
  });
  return (...args: string[]): Spoolnet => {
    const one = new Spoolnet(args, { TMPDIR: folder }); // where hierarchies are found again
    started.push(one);
    return one;
  };
});

const asked = (at: At, path: string, headers: Record<string, string> = {}, method = "GET") =>
  new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(at.url);
    const one = request({ hostname, port, path, method, headers }, (response) => {
      response.destroy();
      resolve(response.statusCode);
    });
    one.on("error", reject).end();
  });

const bearer = ({ token }: At) => ({ authorization: `Bearer ${token}` });

test("nothing is told or done without the token, nor for a page from elsewhere", async ({ at }) => {
  const open = await fetch(`${at.url}/api/session`, { method: "POST", headers: bearer(at) });
  const cookie = open.headers.get("set-cookie")?.split(";")[0] ?? "";
  expect(open.headers.get("set-cookie")).toMatch(/HttpOnly; SameSite=Strict/);

  for (const path of ["/api/stream", "/api/report.html", "/api/folders", "/api/sites/CEN/stream"])
    expect(await asked(at, path), path).toBe(401);
  expect(await asked(at, "/api/actions", {}, "POST")).toBe(401);
  expect(await asked(at, "/api/actions", { authorization: `Bearer ${at.token}x` }, "POST")).toBe(401);
  expect(await asked(at, "/api/actions", { cookie }, "POST")).toBe(401); // says not where it comes from
  expect(await asked(at, "/api/actions", { cookie, origin: "http://elsewhere.test" }, "POST")).toBe(403);
  expect(await asked(at, "/api/report.html", { cookie, host: "rebound.test" })).toBe(421);

  expect(await asked(at, "/api/report.html", { cookie })).toBe(200);
  expect(await asked(at, "/api/actions", { cookie, origin: at.url }, "POST")).toBe(400); // taken, and empty
});

test("the orchestrator's metrics are served to whoever has the token", async ({ at }) => {
  expect(await asked(at, "/metrics")).toBe(401);
  const page = await fetch(`${at.url}/metrics`, { headers: bearer(at) });
  expect(page.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await page.text()).toMatch(/^spoolnet_site_up\{site="MKE"\} 1$/m);
});

test("a link is cut by an action with the token, and a mistake is answered in words", async ({ at }) => {
  const act = (action: object) =>
    fetch(`${at.url}/api/actions`, {
      method: "POST",
      headers: { ...bearer(at), "content-type": "application/json" },
      body: JSON.stringify(action),
    });
  expect((await act({ do: "cut", between: ["CEN", "CHI"] })).status).toBe(200);
  const stranger = await act({ do: "cut", between: ["CEN", "MKE"] });
  expect(stranger.status).toBe(400);
  expect(await stranger.text()).toContain("expected a site and its parent, found CEN and MKE");
  const mistake = await act({ do: "scenario", steps: "- { at: +1m, cut: [CEN, XYZ] }" });
  expect(mistake.status).toBe(400);
  expect(await mistake.text()).toMatch(/line 1, column \d+: .*XYZ/);
  const kill = await act({ do: "kill", site: "CHI" });
  expect(await kill.text()).toContain("this driver has no switch for a single site");
});

type Message = {
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  readonly data: string;
};

/** Messages until one is `enough`; then the connection is lost. */
async function messages(
  at: At,
  after: string | undefined,
  enough: (one: Message) => boolean,
  path = "/api/stream",
) {
  const lost = new AbortController();
  const headers = { ...bearer(at), ...(after === undefined ? {} : { "last-event-id": after }) };
  const response = await fetch(`${at.url}${path}`, { headers, signal: lost.signal });
  const stream = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  const read: Message[] = [];
  for await (const message of stream ?? []) {
    read.push(message);
    if (enough(message)) break;
  }
  lost.abort();
  return read;
}

test("the stream goes on after a lost connection with the very next batch", async ({ at }) => {
  const numberOf = (one: Message | undefined) => Number(one?.id?.split("-").at(-1));
  const before = await messages(at, undefined, ({ event }) => event === "changes");
  expect(before[0]?.event).toBe("snapshot");
  const last = before.at(-1);
  const after = await messages(at, last?.id, ({ event }) => event === "changes");
  expect(after[0]?.event).toBe("changes");
  expect(numberOf(after[0])).toBe(numberOf(last) + 1);
  const stale = await messages(at, "another-3", () => true);
  expect(stale[0]?.event).toBe("snapshot");
});

test("a site's stream has its status messages, each once, as they are raised", async ({ at }) => {
  const found: StatusMessage[] = [];
  const isArrival = ({ id }: StatusMessage) => id === 2330; // distributed to a distribution point
  await messages(
    at,
    undefined,
    ({ data }) => {
      const entries: [key: string, value: StatusMessage[]][] = JSON.parse(data).entries;
      found.splice(0, found.length, ...(entries.find(([key]) => key === "messages")?.[1] ?? found));
      return found.some(isArrival);
    },
    "/api/sites/CHI/stream",
  );
  expect(found[0]).toMatchObject({ sequence: 1, id: 500, severity: "informational" });
  const sequences = found.map(({ sequence }) => sequence);
  expect(sequences).toEqual(sequences.map((_, index) => index + 1));
});

commands(
  "a hierarchy that is up is shown by a console of its own, which leaves what was done by hand as it is",
  async ({ folder, start }) => {
    await start("up", "--root", join(folder, "root")).says("shows it in a browser");
    const first = start("console", "--json");
    const at: At = JSON.parse(await first.says('"type":"console"'));
    await messages(at, undefined, ({ data }) => data.includes('"points":4,"arrived":4'));
    const cut = { do: "cut", between: ["CEN", "CHI"] };
    const headers = { ...bearer(at), "content-type": "application/json" };
    const answer = await fetch(`${at.url}/api/actions`, {
      method: "POST",
      headers,
      body: JSON.stringify(cut),
    });
    expect(answer.status).toBe(200);
    first.child.kill("SIGTERM");
    expect(await first.ended()).toMatchObject({ code: 0, stderr: expect.not.stringContaining("!") });

    const second: At = JSON.parse(await start("console", "--json").says('"type":"console"'));
    await messages(second, undefined, ({ data }) =>
      /"way:CEN>CHI",\{[^}]*"addresses":.*?"isCut":true/.test(data),
    );
  },
);

commands("a console is refused where no hierarchy of the topology's name runs", async ({ start }) => {
  const { code, stderr } = await start("console").ended();
  expect(code).toBe(2);
  expect(stderr).toContain('no hierarchy "three-site" runs');
});
