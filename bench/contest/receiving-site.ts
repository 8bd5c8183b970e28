/**
 * A real site in a process of its own, that knows a sending site CEN; and senders of that site, in a process too.
 */
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";

import { standardAddress } from "../../domain/address.ts";
import { siteCode } from "../../domain/identifiers.ts";
import { processesDriver } from "../../orchestrator/drivers/processes.ts";
import { SiteClient } from "../../orchestrator/site-client.ts";
import { topologyOf } from "../../orchestrator/topology/load.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { SiteKey } from "../../site-image/security/site-key.ts";
import { asSite } from "./as-site.ts";

const topology = `
name: bench
clock: { start: "2003-11-07T17:30:00Z", scale: 1 }
sites: { CEN: { type: primary }, CHI: { type: secondary, parent: CEN, distributionPoints: [CHIDP] } }
`;

export type ToSend = { readonly path: string; readonly bytes: number; readonly sha256: string };

export type ReceivingSite = AsyncDisposable & {
  /** Real seconds until all files are received, verified, flushed and committed; as many at once as there are. */
  send(files: readonly ToSend[]): Promise<number>;
};

export async function receivingSite(folder: string): Promise<ReceivingSite> {
  await using owned = new AsyncDisposableStack();
  const plan = await topologyOf(topology, "bench");
  const administratorToken = randomBytes(24).toString("hex");
  const now = systemWallClock.now();
  const driver = processesDriver({ wallClock: systemWallClock, environment: process.env });
  const host = owned.use(
    await driver.open(plan, {
      root: folder,
      administratorToken,
      clock: [{ realMs: now, emulatedMs: now, scale: 1 }],
      signal: new AbortController().signal,
      say: () => {},
    }),
  );
  const child = plan.sites.find(({ code }) => code === "CHI");
  if (!child) throw new Error("the topology has no site CHI");
  const { code, url } = owned.use(await host.startSite(child, undefined));
  const client = owned.use(new SiteClient({ code, url, administratorToken, wallClock: systemWallClock }));
  const keyFile = join(folder, "CEN.key");
  const key = SiteKey.open(keyFile);
  const secret = randomBytes(32).toString("base64url");
  const share = { url, account: "SMSServer_CEN", secret };
  await client.setNeighbour({
    code: siteCode.parse("CEN"),
    relation: "parent",
    publicKey: key.publicKey,
    share: { url: "http://127.0.0.1:1", account: "SMSServer_CHI", secret: "nobody listens there" },
    addresses: [standardAddress],
    accepts: { account: share.account, secret },
  });
  const sender = fork(join(import.meta.dirname, "sending.ts"), [JSON.stringify({ share, keyFile, folder })], {
    execArgv: asSite,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  owned.defer(() => void sender.kill("SIGKILL"));
  await once(sender, "message");
  const running = owned.move();
  return {
    async send(files) {
      sender.send(files);
      const [told] = await Promise.race([
        once(sender, "message"),
        once(sender, "exit").then(() => {
          throw new Error("the sender ended before it had sent");
        }),
      ]);
      return Number(told);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
