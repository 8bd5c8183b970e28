/**
 * Ways on loopback that are in the test's hand.
 */
import type { AddressInfo } from "node:net";
import { createServer, connect as netConnect, type Server, type Socket } from "node:net";

import type { RunningShare } from "./running-share.ts";

/** Listens on loopback and gives each connection to `handle`. */
export async function listening(
  handle: (socket: Socket) => void,
): Promise<AsyncDisposable & { url: string }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A way to the share that lets `handle` have what goes in. */
export function wayTo(share: RunningShare, handle: (near: Socket, far: Socket) => void | Promise<void>) {
  return listening((near) => {
    const far = netConnect(Number(new URL(share.url).port), "127.0.0.1");
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
    near.on("close", () => far.destroy());
    far.pipe(near);
    Promise.resolve(handle(near, far)).catch(() => {}); // ends with its connection
  });
}
