/**
 * The HTTP server of a site. It listens before anything of the site is made, so that a port in use leaves nothing
 * behind, and answers 503 until the site is ready to be served.
 */
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer, Server as SecureServer } from "node:https";
import type { AddressInfo } from "node:net";

import { errorText } from "../reporter.ts";
import type { SiteConfig } from "../site-config.ts";
import { limitConnections } from "./connections.ts";

/**
 * What one client, or all of them together, can take of a site. The longest header there is, Upload-Metadata with a
 * name and a digest, is below 400 bytes; a request from a sender has about ten headers.
 */
export type ServerLimits = {
  /** Connections at a time; for one more the oldest is ended on which no secret was shown (connections.ts). */
  readonly connections: number;
  readonly headerBytes: number;
  readonly headers: number;
  /** In real milliseconds, from the first byte of a request to the end of its headers. */
  readonly headersWithinMs: number;
};

export const standardServerLimits: ServerLimits = {
  connections: 1024,
  headerBytes: 16 * 1024,
  headers: 64,
  headersWithinMs: 20_000,
};

/**
 * Real milliseconds that an idle connection is kept. A client closes it a second earlier, by its own clock; with the five
 * seconds that are Node's default, one that came late on a busy machine sent its request into a closed connection.
 */
const keptIdleMs = 65_000;

/** How often connections are looked through for those whose headers are late. */
const lookEveryMs = 1_000;

const notReady: RequestListener = (_request, response) => {
  response.writeHead(503, { "Content-Type": "application/json", Connection: "close" });
  response.end(
    JSON.stringify({ status: "starting", error: { code: "NOT_READY", message: "the site is starting" } }),
  );
};

const tooManyHeaders: RequestListener = (_request, response) => {
  response.writeHead(431, { "Content-Type": "application/json", Connection: "close" });
  response.end(JSON.stringify({ error: { code: "INVALID", message: "the request has too many headers" } }));
};

export class SiteServer implements AsyncDisposable {
  /** Like http://127.0.0.1:2003. */
  readonly url: string;
  readonly #server: Server;
  #listener = notReady;

  private constructor(server: Server, host: string, limits: ServerLimits) {
    this.#server = server;
    const { port } = server.address() as AddressInfo; // a TCP server has one
    const scheme = server instanceof SecureServer ? "https" : "http";
    this.url = `${scheme}://${host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host}:${port}`;
    server.on("request", (request, response) => {
      if (request.rawHeaders.length / 2 > limits.headers) tooManyHeaders(request, response);
      else this.#listener(request, response);
    });
  }

  /** Rejects when the port is in use or the address is none of this machine's. */
  static listen(
    {
      host,
      port,
      code,
      tls,
      connections = standardServerLimits.connections,
    }: Pick<SiteConfig, "host" | "port" | "code" | "tls" | "connections">,
    limits: ServerLimits = { ...standardServerLimits, connections },
  ): Promise<SiteServer> {
    const options = {
      // A whole request may take any time, for a slow line needs hours: the share gives up on a silent one, and the
      // other faces on a late one (body-deadline.ts).
      requestTimeout: 0,
      keepAliveTimeout: keptIdleMs,
      headersTimeout: limits.headersWithinMs,
      connectionsCheckingInterval: Math.min(lookEveryMs, limits.headersWithinMs),
      maxHeaderSize: limits.headerBytes,
    };
    const server = tls
      ? createSecureServer({ ...options, cert: tls.certificate, key: tls.key, minVersion: "TLSv1.2" })
      : createServer(options);
    limitConnections(server, limits.connections);
    server.maxHeadersCount = 0; // node would drop what is above its count and go on; a site refuses it
    return new Promise((resolve, reject) => {
      server.once("error", (cause) => {
        const inUse = "code" in cause && cause.code === "EADDRINUSE";
        const why = inUse ? `port ${port} of ${host} is in use: give the site another` : errorText(cause);
        reject(new Error(`site ${code} cannot listen: ${why}`));
      });
      server.listen(port, host, () => resolve(new SiteServer(server, host, limits)));
    });
  }

  serve(listener: RequestListener): void {
    this.#listener = listener;
  }

  /** Takes no new connection, and ends those there are. Again is no work. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener = notReady;
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
