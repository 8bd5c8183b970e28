/**
 * A receiver for the peers that speak HTTP: reads a PUT and throws it away, and answers PROPFIND so that rclone takes
 * it for WebDAV.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const sizes = new Map<string, number>();

const server = createServer({ requestTimeout: 0 }, (request, response) => {
  const path = request.url ?? "/";
  let bytes = 0;
  request.on("data", (part: Buffer) => {
    bytes += part.length;
  });
  request.on("end", () => {
    if (request.method === "PUT") {
      sizes.set(path, bytes);
      response.writeHead(201).end();
    } else if (request.method === "PROPFIND" && (path.endsWith("/") || sizes.has(path))) {
      const size = sizes.get(path);
      const kind =
        size === undefined ? "<D:resourcetype><D:collection/></D:resourcetype>" : "<D:resourcetype/>";
      const length = size === undefined ? "" : `<D:getcontentlength>${size}</D:getcontentlength>`;
      response.writeHead(207, { "Content-Type": "application/xml" });
      response.end(
        `<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>${path}</D:href><D:propstat>` +
          `<D:prop>${kind}${length}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>`,
      );
    } else {
      response.writeHead(request.method === "MKCOL" ? 201 : 404).end();
    }
  });
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
