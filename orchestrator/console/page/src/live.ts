/**
 * A stream of entries, followed: the whole once, then what changes. The browser connects again by itself and says what
 * it knew last, so nothing is missed and nothing is loaded anew.
 */
import { useEffect, useMemo, useSyncExternalStore } from "react";

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
  readonly #source: EventSource;

  constructor(path: string) {
    this.#source = new EventSource(path);
    this.#source.addEventListener("snapshot", ({ data }) => this.#take(JSON.parse(data), true));
    this.#source.addEventListener("changes", ({ data }) => this.#take(JSON.parse(data), false));
    this.#source.onopen = () => this.#become("open");
    this.#source.onerror = () =>
      this.#become(this.#source.readyState === EventSource.CLOSED ? "refused" : "lost");
  }

  close(): void {
    this.#source.close();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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
  const live = useMemo(() => new Live<SitePageEntries>(`/api/sites/${code}/stream`), [code]);
  useEffect(() => () => live.close(), [live]);
  return live;
}
