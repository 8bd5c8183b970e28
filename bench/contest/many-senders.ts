/**
 * As many sites as it is told send to one share at a time, with the client of a site's senders: each an upload of random
 * bytes after the other, verified by its digest. A share that is busy is asked again when it said.
 */
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { requestIdOf, siteCode } from "../../domain/identifiers.ts";
import { packageFileOf } from "../../site-image/http/share-name.ts";
import { SendError } from "../../site-image/senders/send-error.ts";
import { SiteConnections } from "../../site-image/senders/site-connections.ts";
import { TusClient } from "../../site-image/senders/tus-client.ts";

export type ManySenders = {
  readonly url: string;
  readonly senders: readonly { readonly code: string; readonly account: string; readonly secret: string }[];
  readonly uploads: number;
  readonly bytes: number;
};

const { url, senders, uploads, bytes }: ManySenders = JSON.parse(process.argv[2] ?? "");
const content = randomBytes(bytes);
const sha256 = createHash("sha256").update(content).digest("hex");
const { signal } = new AbortController();
const connections = new SiteConnections();
let busy = 0;

async function send(client: TusClient, name: string): Promise<void> {
  for (;;) {
    try {
      const offset = await client.create(name, bytes, sha256);
      const source = async function* () {
        yield content.subarray(offset);
      };
      await client.append({ name, offset, bytes: bytes - offset, source: source() });
      return;
    } catch (error) {
      if (!(error instanceof SendError) || error.comeAgainAfterMs === undefined) throw error;
      busy++;
      await sleep(error.comeAgainAfterMs);
    }
  }
}

const target = siteCode.parse("CEN");
await Promise.all(
  senders.map(async ({ code, account, secret }) => {
    const share = { url, account, secret };
    const client = new TusClient({ site: target, share, pool: connections.to(url), signal });
    for (let number = 1; number <= uploads; number++)
      await send(client, packageFileOf(requestIdOf(2, number, siteCode.parse(code))));
  }),
);
process.send?.({ busy });
await connections[Symbol.asyncDispose]();
process.disconnect?.();
