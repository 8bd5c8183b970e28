/**
 * The switches of a site that is a service. A swarm starts again what ends, so a site that is to stay down is given no
 * task. What is done to the task itself (kill, pause) reaches it only where it is on the engine that is spoken to.
 */
import type Docker from "dockerode";
import type { Container } from "dockerode";

import type { SiteCode } from "../../../domain/identifiers.ts";
import { Failure } from "../../failure.ts";
import { until, type WallClock } from "../../wall-clock.ts";
import { engineFailure } from "../docker/engine.ts";
import { unlessSo } from "../docker/engine-site.ts";
import { filtersFor, labels } from "../docker/labels.ts";
import type { SitePower } from "../driver.ts";

const endWithinMs = 30_000;

export type ServiceAt = {
  readonly docker: Docker;
  readonly id: string;
  readonly hierarchy: string;
  readonly code: SiteCode;
  readonly wallClock: WallClock;
  readonly answers: () => Promise<void>;
};

export class ServicePower implements SitePower {
  readonly #at: ServiceAt;

  constructor(at: ServiceAt) {
    this.#at = at;
  }

  async kill(): Promise<void> {
    const container = await this.#container();
    if (container) await unlessSo(container.kill({ signal: "SIGKILL" }));
    await this.#tasks(0);
  }

  async stop(): Promise<void> {
    await this.resume(); // it would hear of it only then
    await this.#tasks(0);
  }

  async start(): Promise<void> {
    await this.#scale(1);
    await this.#at.answers();
  }

  async pause(): Promise<void> {
    const container = await this.#container();
    if (!container) {
      throw new Failure(
        "environment",
        `site ${this.#at.code} has no task on this node: only the engine of its own node can pause it`,
      );
    }
    await unlessSo(container.pause());
  }

  async resume(): Promise<void> {
    const container = await this.#container();
    if (container) await unlessSo(container.unpause());
  }

  /** Resolves once there are as many, and no other. */
  async #tasks(count: number): Promise<void> {
    await this.#scale(count);
    const { wallClock, code } = this.#at;
    const patience = { everyMs: 100, withinMs: endWithinMs, signal: new AbortController().signal };
    const isSo = await until(wallClock, patience, async () => ((await this.#container()) ? undefined : true));
    if (!isSo) throw new Failure("environment", `the task of site ${code} did not end`);
  }

  async #scale(replicas: number): Promise<void> {
    const service = this.#at.docker.getService(this.#at.id);
    try {
      const { Version, Spec } = await service.inspect();
      await service.update({
        ...Spec,
        version: Version?.Index,
        Mode: { Replicated: { Replicas: replicas } },
      });
    } catch (error) {
      throw engineFailure("turn a site off or on", error);
    }
  }

  async #container(): Promise<Container | undefined> {
    const { docker, hierarchy, code } = this.#at;
    const filters = filtersFor("swarm", hierarchy);
    filters.label.push(`${labels.site}=${code}`);
    const [found] = await docker.listContainers({ filters });
    return found && docker.getContainer(found.Id);
  }
}
