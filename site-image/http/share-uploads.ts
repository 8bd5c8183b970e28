/**
 * The uploads of the SMS_SITE share: a row in the site database and a file of the same name in its folder.
 * The file comes first and the row goes first, so a crash between leaves a file without a row, which the next start
 * removes (share-recovery.ts), never a row that promises bytes of something else.
 * Every change of an upload is made by who holds its lock.
 */
import { closeSync, openSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";

import type { SiteCode } from "../../domain/identifiers.ts";
import type { Subject } from "../../domain/journal.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import {
  expiredUploads,
  extendUpload,
  forgetUpload,
  keepUpload,
  nextExpiryMs,
  openUpload,
  openUploads,
  type UploadRow,
} from "../database/uploads.ts";
import type { Faults } from "../faults.ts";
import { putInQuarantine } from "../inboxes/claimed-file.ts";
import type { Place } from "../inboxes/inbox.ts";
import { shareParts } from "../inboxes/stages.ts";
import { flushFolder, removeDurably } from "../inboxes/whole-file.ts";
import { Refusal } from "./refusal.ts";
import { shareNameOf } from "./share-name.ts";
import { measureRoom, noRoomFor } from "./share-room.ts";
import { type Piece, Upload } from "./upload.ts";
import { UploadLocks } from "./upload-lock.ts";

/** Jobs are rescheduled for seven days (domain.md section 1); then nobody goes on with what they began. */
const defaultExpireAfterMs = 7 * 24 * 3_600_000;
/** Two a request. A sender has a few requests under way at a time, and those it gave up stay until they expire. */
const mostOpenOfSite = 1000;
/** Real milliseconds between two sweeps: at least, however fast emulated time runs, and at most, should it be set. */
const sweepAtMostEveryMs = 100;
const sweepAtLeastEveryMs = 30_000;

export type SharePlace = {
  readonly place: Place;
  readonly database: SiteDatabase;
  /** A quota of the files in the folder together, and what damages bytes on their way. Default: neither. */
  readonly faults?: Pick<Faults, "quotaBytes" | "damage">;
  /** Emulated milliseconds after its last byte. Default: seven days. */
  readonly expireAfterMs?: number;
  readonly signal: AbortSignal;
};

export class ShareUploads {
  readonly locks: UploadLocks;
  readonly #deps: SharePlace;
  readonly #expireAfterMs: number;
  /** What this process knows of uploads beyond their rows and files: the digest of what has come. */
  readonly #known = new Map<string, Upload>();
  /** Files that the disk did not let be removed, though their rows are gone: the sweep does. */
  readonly #orphans = new Set<string>();

  constructor(deps: SharePlace) {
    this.#deps = deps;
    this.#expireAfterMs = deps.expireAfterMs ?? defaultExpireAfterMs;
    this.locks = new UploadLocks(deps.place.clock, deps.signal);
  }

  pathOf(name: string): string {
    return join(this.#deps.place.folders.receive, name);
  }

  /** What the journal says of an upload. */
  subjectOf({ name, site }: UploadRow): Subject {
    return { peer: site, request: shareNameOf(name)?.request };
  }

  /** The upload as it is on the disk. A row whose file somebody removed is an upload no more. */
  find(name: string): Upload | undefined {
    this.assertOpen();
    const row = openUpload(this.#deps.database, name);
    const file = statSync(this.pathOf(name), { throwIfNoEntry: false });
    if (!row || !file || isNoFile(file)) {
      if (row) forgetUpload(this.#deps.database, name);
      this.#known.delete(name);
      return undefined;
    }
    const known = this.#known.get(name);
    if (known?.offset === file.size) return known;
    const upload = new Upload(row, this.pathOf(name), file.size);
    this.#known.set(name, upload);
    return upload;
  }

  /**
   * Makes an upload, or finds the one there is: the same length and digest go on where it stands, anything else
   * replaces it. Refuses with NO_ROOM.
   */
  async make(wanted: Omit<UploadRow, "expiresMs">): Promise<Upload> {
    const { place, database } = this.#deps;
    const found = this.find(wanted.name);
    if (found && found.row.length === wanted.length && found.row.sha256 === wanted.sha256) return found;
    await this.#clear(wanted.name);
    const quotaBytes = this.#deps.faults?.quotaBytes;
    // A quota is of all that lies there; else only what is open counts, for the Despooler's files may be thousands.
    const counted =
      quotaBytes === undefined ? [wanted, ...openUploads(database)].map(({ name }) => name) : "all";
    const room = await measureRoom(place.folders.receive, counted, (name) => this.#known.get(name)?.offset);
    this.assertOpen();
    // From here to the row in one go, so that two uploads cannot both count on the same room.
    const others = openUploads(database).filter((other) => other.name !== wanted.name);
    const ofSite = others.filter(({ site }) => site === wanted.site).length;
    if (ofSite >= mostOpenOfSite)
      throw new Refusal(
        "NO_ROOM",
        `site ${wanted.site} has ${ofSite} uploads open, as many as a site may have`,
      );
    const noRoom = noRoomFor(wanted, others, room, quotaBytes);
    if (noRoom) throw new Refusal("NO_ROOM", noRoom);
    const path = this.pathOf(wanted.name);
    closeSync(openSync(path, "w"));
    const row = { ...wanted, expiresMs: place.clock.now() + this.#expireAfterMs };
    this.#orphans.add(wanted.name); // until it has its row
    keepUpload(database, row);
    this.#orphans.delete(wanted.name);
    const upload = new Upload(row, path, 0);
    this.#known.set(wanted.name, upload);
    const file = place.folders.shown(path);
    place.reporter.event({ action: "created", file, bytes: wanted.length, ...this.subjectOf(row) });
    await flushFolder(place.folders.receive);
    return upload;
  }

  /** A pipe that somebody left in a file's place would hold up the whole site when it is opened, a folder each try. */
  async #clear(name: string): Promise<void> {
    const path = this.pathOf(name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && isNoFile(found)) await putInQuarantine(this.#deps.place, path, name, "it is not a file");
  }

  /** Adds a piece. True if all of it came, false if the connection broke. */
  async append(upload: Upload, piece: Omit<Piece, "onWritten" | "damage">): Promise<boolean> {
    let keptUntilMs = this.#extend(upload);
    const soonMs = this.#expireAfterMs / 10;
    try {
      return await upload.append({
        ...piece,
        damage: (chunks) => this.#damage(upload, chunks),
        // A slow line may take longer than an upload lives, so its life is prolonged on the way.
        onWritten: () => {
          if (this.#expiryFromNow() - keptUntilMs > soonMs) keptUntilMs = this.#extend(upload);
        },
      });
    } finally {
      this.#extend(upload);
    }
  }

  /** Makes sure that an upload with all its bytes is complete. Rejects with WRONG_CHECKSUM; then it starts over. */
  async finish(upload: Upload): Promise<void> {
    const { reporter, folders } = this.#deps.place;
    const file = folders.shown(upload.path);
    const subject = { file, bytes: upload.row.length, ...this.subjectOf(upload.row) };
    try {
      if (!(await upload.finish())) return;
    } catch (error) {
      this.assertOpen();
      if (error instanceof Refusal) reporter.event({ action: "failed", text: error.message, ...subject });
      throw error;
    }
    this.assertOpen(); // else the next start finds it unfinished, and says it then
    reporter.event({ action: "received", ...subject });
    reporter.info(`Received ${upload.row.name} from site ${upload.row.site}, ${upload.row.length} bytes`);
  }

  /** Removes an upload and its file. */
  async remove(upload: Upload, text: string): Promise<void> {
    const { reporter, folders } = this.#deps.place;
    const { row, path } = upload;
    this.assertOpen();
    this.forget(row.name);
    this.#orphans.add(row.name);
    await this.#deps.database.flushed();
    await removeDurably(path, () => {
      this.#orphans.delete(row.name);
      reporter.event({ action: "deleted", file: folders.shown(path), text, ...this.subjectOf(row) });
      reporter.info(`Removed ${row.name} of site ${row.site}: ${text}`);
    });
  }

  /** No upload any more; its file is another's business. */
  forget(name: string): void {
    forgetUpload(this.#deps.database, name);
    this.#known.delete(name);
  }

  /** Emulated time at which the upload expires as things stand. */
  expiresMs(name: string): number {
    return openUpload(this.#deps.database, name)?.expiresMs ?? this.#deps.place.clock.now();
  }

  /** Removes what nobody went on with, until the signal aborts. Never rejects. */
  async sweep(): Promise<void> {
    const { place, signal } = this.#deps;
    let isWorking = Promise.withResolvers<void>();
    place.disk.onOver(() => isWorking.resolve(), signal);
    while (!signal.aborted) {
      const due = new AbortController();
      const either = AbortSignal.any([signal, due.signal]);
      await Promise.race([
        place.clock.sleep(this.#nextExpiryMs() - place.clock.now(), either),
        place.clock.sleepReal(sweepAtLeastEveryMs, either),
        isWorking.promise,
      ]);
      due.abort();
      isWorking = Promise.withResolvers();
      await place.clock.sleepReal(sweepAtMostEveryMs, signal);
      if (signal.aborted) return;
      try {
        await this.#sweepOnce();
      } catch (error) {
        place.reporter.error("cannot look for uploads that nobody goes on with", error);
      }
    }
  }

  async #sweepOnce(): Promise<void> {
    const { place, database } = this.#deps;
    for (const name of expiredUploads(database, place.clock.now())) {
      await this.#expire(name).catch((error) => place.reporter.error(`cannot remove ${name}`, error));
    }
    for (const name of [...this.#orphans]) {
      await this.#removeOrphan(name).catch((error) => place.reporter.error(`cannot remove ${name}`, error));
    }
  }

  /** Unless it has a row again, or another request is about to give it one. */
  async #removeOrphan(name: string): Promise<void> {
    using lock = this.locks.takeIfFree(name);
    if (!lock) return;
    if (!openUpload(this.#deps.database, name)) await removeDurably(this.pathOf(name));
    this.#orphans.delete(name);
  }

  /** A new one does not expire before that; where the disk does not tell, the sweep does. */
  #nextExpiryMs(): number {
    try {
      return nextExpiryMs(this.#deps.database) ?? this.#expiryFromNow();
    } catch {
      return this.#expiryFromNow();
    }
  }

  /** Nothing is begun, and the database not touched, once the site stops. */
  assertOpen(): void {
    if (this.#deps.signal.aborted) throw new Refusal("NOT_READY");
  }

  async #expire(name: string): Promise<void> {
    using lock = this.locks.takeIfFree(name);
    const upload = lock && this.find(name);
    if (upload) await this.remove(upload, "expired");
  }

  /** Only package files: an instruction is checked piece by piece, and is sent again at once. */
  #damage({ row }: Upload, chunks: readonly Buffer[]): void {
    const { faults, place } = this.#deps;
    if (shareNameOf(row.name)?.extension !== shareParts.package) return;
    if (faults?.damage(row.site as SiteCode, chunks))
      place.reporter.warn(`A bit of ${row.name} from site ${row.site} was flipped on its way, as was asked`);
  }

  #extend(upload: Upload): number {
    const { signal, database, place } = this.#deps;
    const expiresMs = this.#expiryFromNow();
    if (signal.aborted) return expiresMs;
    try {
      extendUpload(database, upload.row.name, expiresMs);
    } catch (error) {
      place.reporter.error(`${upload.row.name} expires earlier than it should`, error); // its bytes count all the same
    }
    return expiresMs;
  }

  #expiryFromNow(): number {
    return this.#deps.place.clock.now() + this.#expireAfterMs;
  }
}

/** What cannot be written to like a file. A device can, and says itself when it is full. */
function isNoFile(found: Stats): boolean {
  return found.isFIFO() || found.isSocket() || found.isDirectory();
}
