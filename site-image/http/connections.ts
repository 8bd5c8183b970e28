/**
 * The connections of a site's server, and who may have one where there are too many: one whose client has shown a secret
 * that is right stays, of the strangers the oldest has to go. So strangers who keep all of them open keep nobody out who
 * is to come in.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

const known = new WeakSet<Socket>();

/** To be called with a request once it is sure that it is a neighbour's or the administrator's. */
export function isNoStranger({ socket }: IncomingMessage): void {
  known.add(socket);
}

/** From here on the server has at most so many at a time. */
export function limitConnections(server: Server, most: number): void {
  /** Oldest first, by where they come from: a connection and its TLS are two sockets. */
  const open = new Map<string, Socket>();
  server.on("connection", (socket: Socket) => {
    const from = placeOf(socket);
    open.set(from, socket);
    socket.once("close", () => open.delete(from));
    if (open.size <= most) return;
    const stranger = open.values().find((other) => !known.has(other)); // at the latest the new one
    stranger?.destroy();
  });
  server.on("secureConnection", (socket: Socket) => open.set(placeOf(socket), socket));
}

function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
