/**
 * The switches of a site that is a container.
 */
import type { Container } from "dockerode";

import type { SitePower } from "../driver.ts";
import { unlessSo } from "./engine-site.ts";

export class ContainerPower implements SitePower {
  readonly answers: () => Promise<void>;
  readonly #container: Container;

  constructor(container: Container, answers: () => Promise<void>) {
    this.#container = container;
    this.answers = answers;
  }

  async kill(): Promise<void> {
    await unlessSo(this.#container.kill({ signal: "SIGKILL" }));
    await this.#container.wait();
  }

  async stop(): Promise<void> {
    await this.resume(); // it would hear of it only then
    await unlessSo(this.#container.stop());
  }

  async start(): Promise<void> {
    await unlessSo(this.#container.start());
    await this.answers();
  }

  async pause(): Promise<void> {
    await unlessSo(this.#container.pause());
  }

  async resume(): Promise<void> {
    await unlessSo(this.#container.unpause());
  }
}
