/**
 * What Docker runs inside a site's container to ask whether the site answers: status 0 when GET /health is
 * answered with 200, else, or when that takes three seconds, status 1. A program of its own, so that it shares
 * nothing with the site it judges. Reads SPOOLNET_PORT (default 2003). Writes nothing.
 *
 * A bare socket rather than `fetch`: it runs every 30 seconds in every container, and loading an HTTP client
 * doubles what one run costs (40 ms of CPU and 10 MB against 76 ms and 19 MB).
 */
import { connect } from "node:net";

const port = Number(process.env.SPOOLNET_PORT ?? "2003");

process.exitCode = 1; // until the answer says otherwise
const at = { host: "127.0.0.1", port, timeout: 3000 };
// Whose certificate it is need not be asked at this address, and may name others only.
const socket = process.env.SPOOLNET_TLS_CERTIFICATE_FILE
  ? (await import("node:tls")).connect({ ...at, rejectUnauthorized: false })
  : connect(at);
socket.setEncoding("latin1");
socket.on("connect", () => socket.write("GET /health HTTP/1.0\r\n\r\n"));
socket.once("data", (answer: string) => {
  if (/^HTTP\/1\.\d 200 /.test(answer)) process.exitCode = 0;
  socket.destroy();
});
socket.on("timeout", () => socket.destroy());
socket.on("error", () => {}); // refused or reset: the exit code says it
