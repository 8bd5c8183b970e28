/**
 * A set of entries that changes, for those who watch it: the whole once, then what changed, a batch at a time. Every
 * batch has an id, and the last of them are kept, so that who lost the connection goes on without a gap. Who was away
 * for too long, or comes from another life of this process, gets the whole again. No I/O, no clock.
 */
import { EventEmitter, once } from "node:events";

/** A message of the stream. `text` is JSON: entries as pairs of key and value, null for one that is gone. */
export type LiveMessage = {
  readonly kind: "snapshot" | "changes";
  readonly id: string;
  readonly text: string;
};

/** So many batches, and so many characters of them, are kept. */
const mostBatches = 480;
const mostCharacters = 8_000_000;

export class LiveState<Entries extends object> {
  readonly #life: string;
  /** Values as JSON, by key. */
  readonly #entries = new Map<string, string>();
  readonly #dirty = new Set<string>();
  readonly #flushed = new EventEmitter<{ flushed: [] }>();
  #batches: { readonly number: number; readonly text: string }[] = [];
  #characters = 0;
  #number = 0;
  #watchers = 0;

  /** `life` tells the ids of this state from those of any other. */
  constructor(life: string) {
    this.#life = life;
    this.#flushed.setMaxListeners(0);
  }

  set<Key extends keyof Entries & string>(key: Key, value: Entries[Key]): void {
    const text = JSON.stringify(value);
    if (this.#entries.get(key) === text) return;
    this.#entries.set(key, text);
    this.#dirty.add(key);
  }

  delete(key: keyof Entries & string): void {
    if (this.#entries.delete(key)) this.#dirty.add(key);
  }

  /** Of the entries whose keys begin so, only these stay. */
  keepOnly(prefix: string, keys: ReadonlySet<string>): void {
    for (const key of this.#entries.keys())
      if (key.startsWith(prefix) && !keys.has(key)) this.delete(key as keyof Entries & string);
  }

  /** What has changed since the last time becomes a batch. */
  flush(): void {
    if (this.#dirty.size === 0) return;
    const text = listOf([...this.#dirty].map((key) => [key, this.#entries.get(key) ?? "null"]));
    this.#dirty.clear();
    this.#batches.push({ number: ++this.#number, text });
    this.#characters += text.length;
    while (this.#batches.length > mostBatches || this.#characters > mostCharacters)
      this.#characters -= this.#batches.shift()?.text.length ?? 0;
    this.#flushed.emit("flushed");
  }

  /** What someone has to be told who knows everything up to `id`: nothing, the batches since, or all of it. */
  since(id: string | undefined): LiveMessage[] {
    const known = this.#numberIn(id);
    if (known === this.#number) return [];
    const first = this.#batches[0]?.number ?? Number.POSITIVE_INFINITY;
    if (known === undefined || known > this.#number || known < first - 1) return [this.#snapshot()];
    return this.#batches
      .filter(({ number }) => number > known)
      .map(({ number, text }) => ({ kind: "changes", id: this.#idOf(number), text }));
  }

  /** Resolves with the next batch, or when the signal aborts. */
  async changed(signal: AbortSignal): Promise<void> {
    await once(this.#flushed, "flushed", { signal }).catch(() => {});
  }

  /** Somebody watches until what is returned is disposed of. */
  watch(): Disposable {
    this.#watchers++;
    return { [Symbol.dispose]: () => this.#watchers-- };
  }

  get isWatched(): boolean {
    return this.#watchers > 0;
  }

  #snapshot(): LiveMessage {
    this.flush();
    return { kind: "snapshot", id: this.#idOf(this.#number), text: listOf([...this.#entries]) };
  }

  #idOf(number: number): string {
    return `${this.#life}-${number}`;
  }

  #numberIn(id: string | undefined): number | undefined {
    const [, life, digits] = /^(.*)-(\d+)$/.exec(id ?? "") ?? [];
    return life === this.#life ? Number(digits) : undefined;
  }
}

function listOf(entries: readonly (readonly [key: string, text: string])[]): string {
  return `[${entries.map(([key, text]) => `[${JSON.stringify(key)},${text}]`).join(",")}]`;
}
