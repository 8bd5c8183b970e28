/**
 * The HTTP server of a site. It listens before anything of the site is made, so that a port in use leaves nothing
 * behind, and answers 503 until the site is ready to be served.
 */
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer, Server as SecureServer } from "node:https";
import type { AddressInfo } from "node:net";

import { errorText } from "../reporter.ts";
import type { SiteConfig } from "../site-config.ts";

const notReady: RequestListener = (_request, response) => {
  response.writeHead(503, { "Content-Type": "application/json", Connection: "close" });
  response.end(
    JSON.stringify({ status: "starting", error: { code: "NOT_READY", message: "the site is starting" } }),
  );
};

export class SiteServer implements AsyncDisposable {
  /** Like http://127.0.0.1:2003. */
  readonly url: string;
  readonly #server: Server;
  #listener = notReady;

  private constructor(server: Server, host: string) {
    this.#server = server;
    const { port } = server.address() as AddressInfo; // a TCP server has one
    this.url = `${server instanceof SecureServer ? "https" : "http"}://${host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host}:${port}`;
    server.on("request", (request, response) => this.#listener(request, response));
  }

  /** Rejects when the port is in use or the address is none of this machine's. */
  static listen({ host, port, code, tls }: SiteConfig): Promise<SiteServer> {
    // No limit on how long a request may take: a slow line needs hours. The share itself gives up on a silent one.
    const options = { requestTimeout: 0 };
    const server = tls
      ? createSecureServer({ ...options, cert: tls.certificate, key: tls.key, minVersion: "TLSv1.2" })
      : createServer(options);
    return new Promise((resolve, reject) => {
      server.once("error", (cause) => {
        const inUse = "code" in cause && cause.code === "EADDRINUSE";
        const why = inUse ? `port ${port} of ${host} is in use: give the site another` : errorText(cause);
        reject(new Error(`site ${code} cannot listen: ${why}`));
      });
      server.listen(port, host, () => resolve(new SiteServer(server, host)));
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
