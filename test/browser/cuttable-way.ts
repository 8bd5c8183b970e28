/**
 * A way to a server that can be cut and restored, and tells what the server sent over it. For tests of those who lose a
 * connection.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export class CuttableWay implements AsyncDisposable {
  readonly url: string;
  /** What the server has sent since the way was restored last. */
  sent = "";
  readonly #sockets = new Set<Socket>();
  readonly #stop: () => Promise<void>;
  #isCut = false;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  static async to(url: string): Promise<CuttableWay> {
    const server = createServer((near) => way.#join(near, Number(new URL(url).port)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const way = new CuttableWay(`http://127.0.0.1:${port}`, async () => {
      way.cut();
      server.close();
    });
    return way;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#isCut = false;
    this.sent = "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }

  #join(near: Socket, port: number): void {
    if (this.#isCut) return void near.destroy();
    const far = connect(port, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => {}); // a cut is one
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    far.on("data", (data) => {
      this.sent += data;
    });
    near.pipe(far);
    far.pipe(near);
  }
}
