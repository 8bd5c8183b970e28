/**
 * The packages of a load test, each from its definition to the last of its distribution points. What is told of a
 * package may come before who made it has heard of its id. Pure.
 */
import type { JournalEvent } from "../../domain/journal.ts";

export type Delivered = { readonly id: string; readonly addedMs: number; readonly arrivedMs: number };

export class Deliveries {
  readonly delivered: Delivered[] = [];
  readonly #added = new Map<string, { readonly addedMs: number; readonly servers: number }>();
  readonly #installed = new Map<string, Map<string, number>>();

  get onTheWay(): number {
    return this.#added.size;
  }

  /** A package is asked for at `servers` distribution points. */
  add(id: string, servers: number, addedMs: number): void {
    this.#added.set(id, { addedMs, servers });
    this.#look(id);
  }

  apply({ action, packages, server, realMs }: JournalEvent): void {
    const [id] = packages ?? [];
    if (action !== "installed" || !id || !server) return;
    const installed = this.#installed.get(id) ?? new Map<string, number>();
    this.#installed.set(id, installed.set(server, installed.get(server) ?? realMs));
    this.#look(id);
  }

  #look(id: string): void {
    const added = this.#added.get(id);
    const installed = this.#installed.get(id);
    if (!added || !installed || installed.size < added.servers) return;
    this.#added.delete(id);
    this.#installed.delete(id);
    this.delivered.push({ id, addedMs: added.addedMs, arrivedMs: Math.max(...installed.values()) });
  }
}
