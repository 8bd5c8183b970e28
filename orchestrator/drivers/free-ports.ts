/**
 * Ports of loopback that stay free while their site is down: below those that systems give out by themselves, so that
 * no connection and no other listener gets one meanwhile.
 */
import { once } from "node:events";
import { createServer } from "node:net";

const firstPort = 22_003;
const lastPort = 31_999;

export class FreePorts {
  readonly #taken: Set<number>;
  #next = firstPort;

  /** `taken` are the ports of what is down just now and comes back. */
  constructor(taken: Iterable<number> = []) {
    this.#taken = new Set(taken);
  }

  /** A port that nobody listens on, never the same one twice. */
  async next(): Promise<number> {
    for (; this.#next <= lastPort; this.#next++) {
      const port = this.#next;
      if (this.#taken.has(port)) continue;
      this.#taken.add(port); // before anything is awaited: others ask meanwhile
      if (await isFree(port)) return port;
    }
    throw new Error(`no port from ${firstPort} to ${lastPort} is free on this machine`);
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
