/**
 * A stream of entries, followed: the whole once, then what changes. The browser connects again by itself and says what
 * it knew last, so nothing is missed and nothing is loaded anew.
 */
import { useMemo, useSyncExternalStore } from "react";

import type { HierarchyEntries, SitePageEntries } from "../../live-entries.ts";
import { realNow } from "./page-clock.ts";

export type Connection = "connecting" | "open" | "lost" | "refused";
type Message = { readonly realMs: number; readonly entries: readonly (readonly [string, unknown])[] };

export class Live<Entries extends object> {
  connection: Connection = "connecting";
  /** How far the server's clock is ahead of the browser's, in milliseconds. */
  aheadMs = 0;
  #entries = new Map<string, unknown>();
  #lists = new Map<string, readonly unknown[]>();
  readonly #listeners = new Set<() => void>();
  readonly #path: string;
  #source: EventSource | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The stream is open while somebody listens. React makes components that it then throws away, and takes others off the
   * page and puts them back: what is not shown must hold no connection, and what is back must have one.
   */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#source ??= this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#source?.close();
      this.#source = undefined;
    };
  };

  get<Key extends keyof Entries & string>(key: Key): Entries[Key] | undefined {
    return this.#entries.get(key) as Entries[Key] | undefined;
  }

  /** All entries whose keys begin so. The same array for as long as none of them changes. */
  list<Entry>(prefix: string): readonly Entry[] {
    const known = this.#lists.get(prefix);
    if (known) return known as readonly Entry[];
    const found = [...this.#entries].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value);
    this.#lists.set(prefix, found);
    return found as readonly Entry[];
  }

  #open(): EventSource {
    const source = new EventSource(this.#path);
    source.addEventListener("snapshot", ({ data }) => this.#take(JSON.parse(data), true));
    source.addEventListener("changes", ({ data }) => this.#take(JSON.parse(data), false));
    source.onopen = () => this.#become("open");
    source.onerror = () => this.#become(source.readyState === EventSource.CLOSED ? "refused" : "lost");
    return source;
  }

  #take({ realMs, entries }: Message, isWhole: boolean): void {
    this.aheadMs = realMs - realNow();
    if (isWhole) {
      this.#entries = new Map(entries);
      this.#lists.clear();
    } else {
      for (const [key, value] of entries) {
        if (value === null) this.#entries.delete(key);
        else this.#entries.set(key, value);
        for (const prefix of this.#lists.keys()) if (key.startsWith(prefix)) this.#lists.delete(prefix);
      }
    }
    this.#become("open");
  }

  #become(connection: Connection): void {
    this.connection = connection;
    for (const listener of this.#listeners) listener();
  }
}

export type HierarchyLive = Live<HierarchyEntries>;
export type SiteLive = Live<SitePageEntries>;

export function useEntry<Entries extends object, Key extends keyof Entries & string>(
  live: Live<Entries>,
  key: Key,
): Entries[Key] | undefined {
  return useSyncExternalStore(live.subscribe, () => live.get(key));
}

export function useList<Entry>(live: HierarchyLive, prefix: string): readonly Entry[] {
  return useSyncExternalStore(live.subscribe, () => live.list<Entry>(prefix));
}

export function useConnection(live: Live<object>): Connection {
  return useSyncExternalStore(live.subscribe, () => live.connection);
}

export function useSiteLive(code: string): SiteLive {
  return useMemo(() => new Live<SitePageEntries>(`/api/sites/${code}/stream`), [code]);
}
