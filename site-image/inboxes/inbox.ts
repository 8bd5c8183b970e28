/**
 * An inbox: the folder where one component leaves work for the next.
 * On disk: `.<name>.<uuid>.tmp` is being written, `<name><ready>` waits, `<name><claimed>` is in hand (stages.ts).
 * A file appears and changes hands only by rename, so after a crash it is whole or not there.
 * Never looks inside a file before it is read with a schema; what does not parse goes to `Quarantine/`.
 */
import { existsSync, type FSWatcher, statSync, watch } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

import type { Clock } from "../../domain/clock.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Subject } from "../../domain/journal.ts";
import type { DiskTrouble } from "../disk-trouble.ts";
import { errorText, type Reporter } from "../reporter.ts";
import type { SiteFolders } from "../site-folders.ts";
import { ClaimedFile, putInQuarantine } from "./claimed-file.ts";
import type { Stage } from "./stages.ts";
import { isMissing, rename, sweepUnfinished, writeAllWhole } from "./whole-file.ts";

/** What every component has to work with. */
export type Place = {
  readonly site: SiteCode;
  readonly folders: SiteFolders;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly disk: DiskTrouble;
  /** Resolves when every commit of the site database before the call is on the disk. */
  readonly flushed: () => Promise<void>;
};

export type NewDocument = { readonly path: string; readonly document: unknown; readonly subject: Subject };

/** Leaves a document in a folder, whole, once what it may tell of is on the disk, and says so in the journal. */
export function putDocument(place: Place, path: string, document: unknown, subject: Subject): Promise<void> {
  return putDocuments(place, [{ path, document, subject }]);
}

/** The same for several, which appear in their order and share their flushes. */
export async function putDocuments(place: Place, documents: readonly NewDocument[]): Promise<void> {
  await place.flushed();
  await writeAllWhole(
    documents.map(({ path, document, subject }) => ({
      path,
      data: `${JSON.stringify(document, null, 1)}\n`,
      onVisible: () =>
        place.reporter.event({ action: "created", file: place.folders.shown(path), ...subject }),
    })),
  );
}

/** A lost event of the file system costs at most this long, in real milliseconds. */
const sweepEveryMs = 30_000;

/**
 * After an error that was not foreseen, a file is offered again after so many emulated milliseconds, and at least so
 * many real ones: a disk that fails is not worn down, however fast the clock is. It ends the wait when it works again.
 */
const retryAfterErrorMs = 60_000;
const retryAfterRealMs = 1000;

/**
 * What may be new in a folder: the files that its watch named, or any. Who looks at those alone does work for what
 * came, not for what lies there: a sender that looked through all requests for each new one took a third of its site's
 * CPU with 300 packages under way.
 */
export type Changed = ReadonlySet<string> | "all";

export class Inbox {
  readonly folder: string;
  readonly #stage: Stage;
  readonly #place: Place;
  /** Files put back for later: until when (emulated), and which file it was, for a new one of that name is not late. */
  readonly #deferred = new Map<string, { untilMs: number; inode: number }>();
  /** Claimed, and in nobody's hand: the disk did not let them be put back. */
  readonly #stranded = new Set<string>();
  #wake = Promise.withResolvers<void>();
  #changed: Set<string> | "all" = "all";
  /** The last event of this site when the watch last named files: the files of all events up to there were named. */
  #named = 0;
  #seen = 0;

  constructor(folder: string, stage: Stage, place: Place) {
    this.folder = folder;
    this.#stage = stage;
    this.#place = place;
  }

  /**
   * Makes the folder, and makes whole what the last run left: half written is gone, claimed is ready again, but for
   * those that `isFinished` knows to need nothing more from this component.
   */
  async recover(isFinished: (path: string) => Promise<boolean> = async () => false): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await sweepUnfinished(this.folder);
    for (const name of await this.#claimed()) {
      const file = this.#fileOf(name);
      if (!(await isFinished(file.path))) await file.release();
    }
  }

  /** Puts back whatever is claimed: for the one who takes all files of this inbox, and has none in hand. */
  async putBackClaimed(): Promise<void> {
    for (const name of await this.#claimed()) await this.#fileOf(name).release();
  }

  /** Yields at once, then whenever there may be something new, until `signal` aborts. */
  async *changes(signal: AbortSignal): AsyncGenerator<Changed> {
    this.#changed = "all";
    this.#place.disk.onOver(() => this.hurry(), signal);
    let watcher = this.#watch();
    try {
      while (!signal.aborted) {
        watcher ??= this.#watch();
        const changed = this.#changed;
        this.#seen = changed === "all" ? this.#place.reporter.lastEvent : this.#named;
        this.#changed = new Set(); // before the caller looks, so that nothing falls between
        this.#wake = Promise.withResolvers();
        yield changed;
        const rest = new AbortController();
        const nap = this.#nap(AbortSignal.any([signal, rest.signal])).then(() => "slept" as const);
        if ((await Promise.race([this.#wake.promise, nap])) === "slept") this.#changed = "all";
        rest.abort("woken"); // without a reason it would make an error, stack and all
        // A watch names files one by one. What came together is looked at together.
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    } finally {
      watcher?.close();
    }
  }

  /**
   * The last event of this site before `changes` yielded: no file that came with it or before is passed over by who looks
   * at what changed. For the journal: who checks the order later must know what was there.
   */
  get seen(): number {
    return this.#seen;
  }

  /** The names (without extension) of the files that may be taken now, of all or of those that changed, in order. */
  async ready(changed: Changed = "all"): Promise<string[]> {
    if (changed === "all") await this.#putBackStranded();
    const lying = changed === "all" ? await this.lying() : this.#lyingOf(changed);
    return lying.filter((name) => !this.#isDeferred(name));
  }

  /** The same, with those that were put back for later. */
  async lying(): Promise<string[]> {
    const files = (await readdir(this.folder)).filter(
      (file) => file.endsWith(this.#stage.ready) && !file.startsWith("."),
    );
    return files.map((file) => file.slice(0, -this.#stage.ready.length)).sort();
  }

  /** True if a file of this name is there to be taken, now or later. */
  isLying(name: string): boolean {
    return existsSync(join(this.folder, name + this.#stage.ready));
  }

  /**
   * Takes a file: one rename, so of two only one can. Undefined when it is gone. `seen` is for the journal. When it
   * rejects, the file is offered again later, whether it was renamed or not.
   */
  async claim(name: string, seen?: number): Promise<ClaimedFile | undefined> {
    const from = join(this.folder, name + this.#stage.ready);
    const to = join(this.folder, name + this.#stage.claimed);
    const { folders, reporter } = this.#place;
    try {
      rename(from, to, () =>
        reporter.event({ action: "claimed", file: folders.shown(to), from: folders.shown(from), seen }),
      );
    } catch (error) {
      if (isMissing(error)) return undefined;
      // For who asks later why others went before it.
      const text = `it could not be taken: ${errorText(error)}`;
      reporter.event({ action: "released", file: folders.shown(from), text });
      if (existsSync(to)) this.#stranded.add(name);
      this.defer(name, this.retryMs());
      throw error;
    }
    return this.#fileOf(name);
  }

  /** Puts a file that lies here where no component looks, and raises a status message. */
  async quarantine(name: string, reason: string): Promise<void> {
    const file = name + this.#stage.ready;
    await putInQuarantine(this.#place, join(this.folder, file), file, reason);
  }

  /**
   * After an error that was not foreseen: puts a file back, to be offered again after a while. Where the disk does not
   * let it, the file is put back at a later look. Never rejects.
   */
  async putBack(file: ClaimedFile, delayMs = this.retryMs()): Promise<void> {
    try {
      await file.release(delayMs);
    } catch (error) {
      if (isMissing(error)) return; // it was done with, up to the flush of its folder
      this.#stranded.add(file.name);
      this.#place.reporter.error(`cannot put ${file.name} back; tried again at the next sweep`, error);
    }
  }

  /** After an error that was not foreseen, in emulated milliseconds. */
  retryMs(): number {
    return Math.max(retryAfterErrorMs, retryAfterRealMs * this.#place.clock.scale());
  }

  /**
   * Nothing under `name` is offered for `delayMs` emulated milliseconds, unless a new file replaces it. Without meaning
   * where there is none.
   */
  defer(name: string, delayMs: number): void {
    const inode = statSync(join(this.folder, name + this.#stage.ready), { throwIfNoEntry: false })?.ino;
    if (inode === undefined) return;
    this.#deferred.set(name, { untilMs: this.#place.clock.now() + delayMs, inode });
  }

  /** What was put back for later is offered again now. */
  hurry(): void {
    this.#deferred.clear();
    this.look();
  }

  /** Has `changes` yield once more: there may be something that was passed over; or nothing new, for other reasons. */
  look(where: "all" | "nothing new" = "all"): void {
    if (where === "all") this.#changed = "all";
    this.#wake.resolve();
  }

  #fileOf(name: string): ClaimedFile {
    return new ClaimedFile(this, this.#stage, this.#place, name);
  }

  async #claimed(): Promise<string[]> {
    const { claimed } = this.#stage;
    const files = (await readdir(this.folder)).filter((file) => file.endsWith(claimed));
    return files.map((file) => file.slice(0, -claimed.length));
  }

  async #putBackStranded(): Promise<void> {
    for (const name of [...this.#stranded]) {
      this.#stranded.delete(name);
      await this.putBack(this.#fileOf(name), 0);
    }
  }

  /** A watch that cannot be made, or fails, costs a delay: the sweep goes on. */
  #watch(): FSWatcher | undefined {
    const see = (_event: string, file: string | null) => {
      this.#named = this.#place.reporter.lastEvent;
      if (file?.startsWith(".")) return; // still being written: it has another name once it is whole
      if (file === null) this.#changed = "all";
      else if (this.#changed !== "all") this.#changed.add(file);
      this.#wake.resolve();
    };
    try {
      const watcher = watch(this.folder, see);
      watcher.on("error", () => {});
      return watcher;
    } catch (error) {
      // The system's limits of watches have the codes of a disk that fails, and are no trouble of it.
      const { reporter, folders } = this.#place;
      const every = `${sweepEveryMs / 1000} s`;
      reporter.warn(
        `cannot watch ${folders.shown(this.folder)}, looked at every ${every}: ${errorText(error)}`,
      );
      return undefined;
    }
  }

  #lyingOf(changed: ReadonlySet<string>): string[] {
    const { ready } = this.#stage;
    return [...changed]
      .filter((file) => file.endsWith(ready) && existsSync(join(this.folder, file)))
      .map((file) => file.slice(0, -ready.length))
      .sort();
  }

  #isDeferred(name: string): boolean {
    const deferred = this.#deferred.get(name);
    if (!deferred) return false;
    const inode = statSync(join(this.folder, name + this.#stage.ready), { throwIfNoEntry: false })?.ino;
    if (deferred.untilMs > this.#place.clock.now() && deferred.inode === inode) return true;
    this.#deferred.delete(name);
    return false;
  }

  /** Until the next sweep, or until something put back comes due. */
  async #nap(signal: AbortSignal): Promise<void> {
    const { clock } = this.#place;
    const due = Math.min(...[...this.#deferred.values()].map((deferred) => deferred.untilMs));
    const sweep = clock.sleepReal(sweepEveryMs, signal);
    await (Number.isFinite(due) ? Promise.race([sweep, clock.sleep(due - clock.now(), signal)]) : sweep);
  }
}
