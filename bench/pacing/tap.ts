/**
 * A TCP proxy in a process of its own: notes when bytes arrive from a sender, and can stand still. It reads no further
 * than what it passes on, so what the sender's kernel holds stays there while it stands still.
 * Over HTTP the bodies of PUT and PATCH count and nothing else; of rsync all but its greeting.
 */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type TapOptions = {
  readonly port: number;
  readonly protocol: "http" | "rsync";
  readonly stillAfterMs: number;
  readonly stillForMs: number;
};

/** Real milliseconds since the Unix epoch, and bytes. */
export type Noted = {
  readonly arrivals: readonly (readonly [number, number])[];
  readonly stillUntilMs: number;
};

const rsyncGreetingBytes = 1024;
const { port, protocol, stillAfterMs, stillForMs }: TapOptions = JSON.parse(process.argv[2] ?? "");
const arrivals: [number, number][] = [];
let stillUntilMs = 0;
let begun = false;
const near = new Set<Socket>();

function note(bytes: number): void {
  if (bytes <= 0) return;
  arrivals.push([performance.timeOrigin + performance.now(), bytes]);
  if (begun) return;
  begun = true;
  if (stillForMs > 0) void standStill();
}

let isStill = false;
async function standStill(): Promise<void> {
  await sleep(stillAfterMs);
  isStill = true;
  for (const socket of near) socket.pause();
  await sleep(stillForMs);
  isStill = false;
  stillUntilMs = performance.timeOrigin + performance.now();
  for (const socket of near) socket.resume();
}

/** The bytes of bulk bodies in what one connection brings. */
function httpBodies(): (part: Buffer) => number {
  let head = "";
  let left = 0;
  let isBulk = false;
  return (part) => {
    let counted = 0;
    for (let at = 0; at < part.length; ) {
      if (left > 0) {
        const bytes = Math.min(left, part.length - at);
        if (isBulk) counted += bytes;
        left -= bytes;
        at += bytes;
        continue;
      }
      const end = part.indexOf("\r\n\r\n", at);
      head += part.toString("latin1", at, end < 0 ? part.length : end);
      if (end < 0) break;
      left = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      isBulk = /^(PUT|PATCH) /.test(head) && left > 16 * 1024;
      head = "";
      at = end + 4;
    }
    return counted;
  };
}

function rsyncBytes(): (part: Buffer) => number {
  let skip = rsyncGreetingBytes;
  return (part) => {
    const skipped = Math.min(skip, part.length);
    skip -= skipped;
    return part.length - skipped;
  };
}

const server = createServer((socket) => {
  near.add(socket);
  const far = connect(port, "127.0.0.1").setNoDelay(true);
  const countOf = protocol === "http" ? httpBodies() : rsyncBytes();
  socket.setNoDelay(true).on("data", (part: Buffer) => {
    note(countOf(part));
    if (far.write(part)) return;
    socket.pause();
    far.once("drain", () => isStill || socket.resume());
  });
  socket.on("end", () => far.end()).on("error", () => far.destroy());
  socket.on("close", () => near.delete(socket));
  far.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  far.pipe(socket);
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("message", () => {
  const noted: Noted = { arrivals, stillUntilMs };
  process.send?.(noted, () => process.exit());
});
