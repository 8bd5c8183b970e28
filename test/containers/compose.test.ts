/**
 * compose.yaml: three sites and an orchestrator in containers, with one command, and the console of them.
 */
import { test as base, expect, inject } from "vitest";

import { allPoints } from "../support/test-hierarchy.ts";
import { Composition } from "./composition.ts";
import { treeIn } from "./container-tree.ts";

const sites = ["cen", "chi", "mke"];
const services = [...sites, "orchestrator"];
/** In the last line that the orchestrator shows once all is delivered: compose passes lines on one by one. */
const delivered = "  its bearer token ";
const sample = "/opt/spoolnet/topologies/packages/sample";

/** One `docker compose up` for all tests that only look. */
const test = base.extend(
  "running",
  { scope: "file" },
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern to see which fixtures this one uses
  async ({}, { onCleanup }) => {
    const owned = new AsyncDisposableStack();
    onCleanup(() => owned.disposeAsync());
    const composition = owned.use(new Composition(inject("image")));
    const up = owned.use(composition.up());
    await up.shows(delivered);
    return { composition, up };
  },
);

test("the orchestrator shows the arrival table, each site its log as JSON", ({ running: { up } }) => {
  const table = up.linesOf("orchestrator");
  for (const [site, server] of allPoints) {
    const row = new RegExp(`^CEN00001 +Office Update +1 +${site} .+ ${server} +Fri 2003-11-07`);
    expect(
      table.filter((line) => row.test(line)),
      server,
    ).toHaveLength(1);
  }
  expect(table).toContainEqual(expect.stringMatching(/^held: Office Update on 4 distribution points/));
  expect(table).toContainEqual(
    expect.stringContaining("docker compose exec orchestrator spoolnet trace CEN00001"),
  );
  for (const site of sites) {
    const said = up.linesOf(site).map((line) => JSON.parse(line));
    expect(said).toContainEqual(
      expect.objectContaining({ level: "info", text: expect.stringContaining("is at http://") }),
    );
  }
});

test("every distribution point has the sample, file by file", async ({ running: { composition } }) => {
  const source = await treeIn(composition.in("cen"), sample);
  expect(source.length).toBeGreaterThan(20);
  for (const [site, server] of allPoints) {
    const share = `/var/lib/spoolnet/site/SiteSystems/${server}/SMSPKGC$/CEN00001`;
    expect(await treeIn(composition.in(site.toLowerCase()), share), server).toEqual(source);
  }
});

test.for(services)("the container of %s has no privilege it does not need", async (service, { running }) => {
  const { Config, HostConfig } = await running.composition.inspect(service);

  expect(Config.User).toBe("1000:1000"); // node
  expect(HostConfig.ReadonlyRootfs).toBe(true);
  expect(HostConfig.CapDrop).toEqual(["ALL"]);
  expect(HostConfig.SecurityOpt).toEqual(["no-new-privileges:true"]);
});

test("the console shows the hierarchy to who has the token in its address, and only to them", async ({
  running: { composition, up },
}) => {
  const token = up
    .linesOf("orchestrator")
    .map((line) => /The console: http:\S+#token=(\S+)/.exec(line)?.[1])
    .find((found) => found !== undefined);
  const { Ports } = (await composition.inspect("orchestrator")).NetworkSettings;
  const url = `http://127.0.0.1:${Ports["2004/tcp"]?.[0]?.HostPort}`;

  const page = await (await fetch(url)).text();
  const script = /<script [^>]*src="([^"]+)"/.exec(page)?.[1];
  expect((await fetch(`${url}${script}`)).headers.get("content-type")).toContain("javascript");
  expect((await fetch(`${url}/api/report.json`)).status).toBe(401);
  const report = await fetch(`${url}/api/report.json`, { headers: { authorization: `Bearer ${token}` } });
  expect(await report.text()).toContain("Office Update");
});

test("one port a site and one for the console are published, on loopback only", async ({
  running: { composition },
}) => {
  const published = await Promise.all(
    services.map(async (service) => {
      const { Ports } = (await composition.inspect(service)).NetworkSettings;
      return Object.values(Ports).flatMap((bindings) => bindings?.map(({ HostIp }) => HostIp) ?? []);
    }),
  );

  expect(published).toEqual([["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"]]);
});

test("spoolnet in the orchestrator's container tells the package's story", async ({ running }) => {
  const story = await running.composition.in("orchestrator")(["spoolnet", "trace", "CEN00001"]);

  expect(story).toContain('CEN00001 "Office Update"');
  expect(story).toContain("installed version 1 on MKEDP");
});

test("so it does in a container of its own, which has run nothing", async ({ running: { composition } }) => {
  const story = await composition.compose(
    ...["run", "--rm", "--no-deps", "-T", "orchestrator"],
    ...["spoolnet", "trace", "Office Update"],
  );

  expect(story).toContain("installed version 1 on MKEDP");
});

base("Ctrl-C stops all within 5 s, up goes on where it was, down -v leaves nothing", async () => {
  await using composition = new Composition(inject("image"));
  await using first = composition.up();
  await first.shows(delivered);
  const interruptedMs = performance.now();
  await first.interrupt();
  expect(performance.now() - interruptedMs).toBeLessThan(5_000);
  for (const service of services) {
    // 137 would be: killed because it did not stop when asked.
    expect((await composition.inspect(service)).State, service).toMatchObject({
      Status: "exited",
      ExitCode: 0,
    });
  }

  await composition.compose("down");
  await using second = composition.up();
  await second.shows(delivered);
  expect(second.linesOf("orchestrator")).toContainEqual(
    expect.stringContaining("CEN00001 Office Update is at CEN already"),
  );

  await second.interrupt();
  expect(await composition.left()).not.toEqual([]);
  await composition.compose("down", "--volumes");
  expect(await composition.left()).toEqual([]);
});
