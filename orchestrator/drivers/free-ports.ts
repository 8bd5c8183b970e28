/**
 * Ports of loopback that stay free while their site is down: below those that systems give out by themselves, so that
 * no connection and no other listener gets one meanwhile.
 */
import { once } from "node:events";
import { createServer } from "node:net";

const firstPort = 22_003;
const lastPort = 31_999;

const count = lastPort - firstPort + 1;

export class FreePorts {
  readonly #taken: Set<number>;
  /** Each process looks from elsewhere on, so that hierarchies that start together do not find the same ports free. */
  #next = (process.pid * 97) % count;

  /** `taken` are the ports of what is down just now and comes back. */
  constructor(taken: Iterable<number> = []) {
    this.#taken = new Set(taken);
  }

  /** A port that nobody listens on, never the same one twice. */
  async next(): Promise<number> {
    for (let looked = 0; looked < count; looked++) {
      const port = firstPort + this.#next;
      this.#next = (this.#next + 1) % count;
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
