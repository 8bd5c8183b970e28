/**
 * 200 sites that send to one parent at a time: whether it still answers, and within which memory.
 */
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { standardAddress } from "../../domain/address.ts";
import { siteCode } from "../../domain/identifiers.ts";
import { processesDriver } from "../../orchestrator/drivers/processes.ts";
import { percentile } from "../../orchestrator/load/statistics.ts";
import { SiteClient } from "../../orchestrator/site-client.ts";
import { topologyOf } from "../../orchestrator/topology/load.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { SiteKey } from "../../site-image/security/site-key.ts";
import { asSite } from "../contest/as-site.ts";
import type { ManySenders } from "../contest/many-senders.ts";
import type { Measure, Scale } from "../contest/measure.ts";

const sites = 200;
const bytes = 8 * 1024 * 1024;
const askEveryMs = 50;

export function busyParent(_scratch: string, { isQuick }: Scale): Measure[] {
  const uploads = isQuick ? 1 : 4;
  return [
    {
      name: "busy-parent",
      title: `${sites} sites sending at one parent, its /health, 99th percentile`,
      unit: "ms",
      isMoreBetter: false,
      bar: { value: 100 },
      once: true,
      contenders: [
        { name: "standard limits", run: (folder) => healthUnderLoad(folder, uploads, "") },
        {
          name: "16 transfers, 8 MiB",
          run: (folder) => healthUnderLoad(folder, uploads, "share: { transfers: 16, memory: 8 MiB }"),
        },
      ],
    },
  ];
}

async function healthUnderLoad(folder: string, uploads: number, share: string): Promise<number> {
  await using owned = new AsyncDisposableStack();
  const plan = await topologyOf(
    `
name: busy
clock: { start: "2003-11-07T17:30:00Z", scale: 1 }
sites: { CEN: { type: primary, distributionPoints: [HQDP], ${share} } }
`,
    "busy",
  );
  const administratorToken = randomBytes(24).toString("hex");
  const nowMs = systemWallClock.now();
  const driver = processesDriver({ wallClock: systemWallClock, environment: process.env });
  const host = owned.use(
    await driver.open(plan, {
      root: folder,
      administratorToken,
      clock: [{ realMs: nowMs, emulatedMs: nowMs, scale: 1 }],
      signal: new AbortController().signal,
      say: () => {},
    }),
  );
  const [central] = plan.sites;
  if (!central) throw new Error("the topology has no site");
  const { code, url } = owned.use(await host.startSite(central, undefined));
  const client = owned.use(new SiteClient({ code, url, administratorToken, wallClock: systemWallClock }));
  const senders = await Promise.all(
    Array.from({ length: sites }, async (_, index) => {
      const child = siteCode.parse(`B${index.toString(36).toUpperCase().padStart(2, "0")}`);
      const accepts = { account: `SMSServer_${child}`, secret: randomBytes(32).toString("base64url") };
      await client.setNeighbour({
        code: child,
        relation: "child",
        publicKey: SiteKey.open(join(folder, `${child}.key`)).publicKey,
        share: { url: "http://127.0.0.1:1", account: "SMSServer_CEN", secret: "nobody listens there" },
        addresses: [standardAddress],
        accepts,
      });
      return { code: child, ...accepts };
    }),
  );
  const work: ManySenders = { url, senders, uploads, bytes };
  const sending = fork(join(import.meta.dirname, "../contest/many-senders.ts"), [JSON.stringify(work)], {
    execArgv: asSite,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  owned.defer(() => void sending.kill("SIGKILL"));
  const from = performance.now();
  let isOver = false;
  const told = Promise.race([
    once(sending, "message"),
    once(sending, "exit").then(() => {
      throw new Error("the senders ended before they had sent");
    }),
  ]).finally(() => {
    isOver = true;
  });
  let answered: number[] = [];
  let mostBytes = 0;
  while (!isOver) {
    const askedMs = performance.now();
    const response = await fetch(`${url}/health`);
    await response.text();
    if (response.status !== 200) throw new Error(`/health answered ${response.status}`);
    answered.push(performance.now() - askedMs);
    mostBytes = Math.max(mostBytes, (await client.resources()).residentBytes);
    await sleep(askEveryMs);
  }
  answered = answered.toSorted((a, b) => a - b);
  const [{ busy }] = await told;
  const seconds = (performance.now() - from) / 1000;
  const rate = (sites * uploads * bytes) / 1e6 / seconds;
  console.error(
    `busy-parent: ${sites} x ${uploads} x ${bytes / 1e6} MB in ${seconds.toFixed(1)} s, ${rate.toFixed(0)} MB/s, told to come again ` +
      `${busy} times; /health asked ${answered.length} times: median ${percentile(answered, 50)?.toFixed(1)} ms, ` +
      `most ${answered.at(-1)?.toFixed(1)} ms; memory at most ${(mostBytes / 1e6).toFixed(0)} MB`,
  );
  return percentile(answered, 99) ?? Number.NaN;
}
