/**
 * What the administrator does while sites are killed: packages large and small, direct and compressed, refreshed,
 * added to and taken off distribution points, deleted. Knows at any time what should be where in the end.
 */
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { PackageId } from "../../domain/identifiers.ts";
import type { PackageAdministrator, Point } from "../support/package-administrator.ts";
import type { Random } from "../support/random.ts";

/** A package as it should be in the end. */
export type Wanted = {
  readonly id: PackageId;
  readonly source: string;
  readonly version: number;
  readonly points: readonly Point[];
  /** Points it was taken off. */
  readonly taken: readonly Point[];
  /** Points it was put back on, where the same version is delivered again. */
  readonly returned: readonly Point[];
};

type Kind = {
  readonly name: string;
  readonly compressed: boolean;
  readonly megabytes: number;
  readonly priority: number;
};

const hq: Point = ["CEN", "HQDP"];
const chi1: Point = ["CHI", "CHIDP1"];
const chi2: Point = ["CHI", "CHIDP2"];
const mke: Point = ["MKE", "MKEDP"];
export const allPoints: readonly [Point, ...Point[]] = [hq, chi1, chi2, mke];

const big: Kind = { name: "Big", compressed: false, megabytes: 24, priority: 2 };
const archive: Kind = { name: "Archive", compressed: true, megabytes: 12, priority: 1 };
const tools: Kind = { name: "Tools", compressed: false, megabytes: 0, priority: 2 };
const notes: Kind = { name: "Notes", compressed: true, megabytes: 0, priority: 3 };
const fonts: Kind = { name: "Fonts", compressed: false, megabytes: 2, priority: 1 };

export class Workload {
  readonly #folder: string;
  readonly #administrator: PackageAdministrator;
  readonly #random: Random;
  readonly #packages = new Map<string, Wanted>();
  readonly #steps: readonly (() => Promise<void>)[];
  #done = 0;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** Why a step could not be done, if one could not. */
  failure: unknown;

  /** `folder` takes the package sources. */
  constructor(folder: string, administrator: PackageAdministrator, random: Random) {
    this.#folder = folder;
    this.#administrator = administrator;
    this.#random = random;
    this.#steps = [
      () => this.#make(big, allPoints),
      () => this.#make(tools, [chi1, mke]),
      () => this.#make(archive, allPoints),
      () => this.#make(notes, [mke, hq]),
      () => this.#refresh(tools),
      () => this.#administrator.holdAWhile(),
      () => this.#refresh(big),
      () => this.#add(tools, chi2),
      () => this.#delete(notes),
      () => this.#refresh(archive),
      () => this.#take(big, chi1),
      () => this.#make(fonts, [chi2, mke]),
      () => this.#administrator.holdAWhile(),
      () => this.#refresh(tools),
      () => this.#refresh(big),
      () => this.#add(tools, hq),
      () => this.#take(tools, mke),
      () => this.#add(fonts, hq),
      () => this.#refresh(archive),
      () => this.#refresh(fonts),
    ];
  }

  /** Has the administrator do the next step when the one before is done; when all are done, something more. */
  next(): void {
    const step = this.#steps[this.#done++] ?? (() => this.#somethingMore());
    this.#waiting++;
    this.#tail = this.#tail.then(step).then(() => {
      this.#waiting--;
    });
    this.#tail.catch((error: unknown) => {
      this.failure = error;
    });
  }

  get isDone(): boolean {
    return this.#done >= this.#steps.length;
  }

  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  get steps(): number {
    return this.#done;
  }

  /** Resolves when every step begun is done. Rejects with why one failed. */
  finished(): Promise<void> {
    return this.#tail;
  }

  /** A deleted package has no distribution points. */
  wanted(): Wanted[] {
    return [...this.#packages.values()];
  }

  async #make(kind: Kind, points: readonly Point[]): Promise<void> {
    const source = join(this.#folder, kind.name);
    await mkdir(join(source, "fr/aide"), { recursive: true });
    await mkdir(join(source, "empty"));
    await writeFile(join(source, "empty.cfg"), "");
    await writeFile(join(source, "fr/aide/à propos.txt"), "aide\n");
    await symlink("setup.sh", join(source, "install"));
    for (let part = 0; part < 30; part++)
      await writeFile(join(source, `part ${part}.bin`), this.#random.bytes(2000));
    await this.#edit(kind, source, 1);
    const more = { PkgSourceFlag: kind.compressed ? 3 : 2, PkgSourcePath: source, Priority: kind.priority };
    const id = await this.#administrator.make(kind.name, more, points);
    this.#packages.set(kind.name, { id, source, version: 1, points, taken: [], returned: [] });
  }

  async #refresh(kind: Kind): Promise<void> {
    const { id, source, version } = this.#get(kind);
    await this.#edit(kind, source, version + 1);
    await this.#administrator.refresh(id, version + 1);
    this.#change(kind, { version: version + 1 });
  }

  async #add(kind: Kind, point: Point): Promise<void> {
    const { id, points, taken, returned } = this.#get(kind);
    await this.#administrator.addPoint(id, point);
    const isBack = taken.includes(point);
    this.#change(kind, { points: [...points, point], returned: isBack ? [...returned, point] : returned });
  }

  async #take(kind: Kind, point: Point): Promise<void> {
    const { id, points, taken } = this.#get(kind);
    await this.#administrator.removePoint(id, point);
    this.#change(kind, { points: points.filter((kept) => kept !== point), taken: [...taken, point] });
  }

  async #delete(kind: Kind): Promise<void> {
    await this.#administrator.remove(this.#get(kind).id);
    this.#change(kind, { points: [] });
  }

  /** What makes a version of the source: a file changed, one new, one gone, one with another mode, large content. */
  async #edit({ megabytes }: Kind, source: string, version: number): Promise<void> {
    if (megabytes > 0) await writeFile(join(source, "content.bin"), this.#random.bytes(megabytes << 20));
    await writeFile(join(source, "setup.sh"), `#!/bin/sh\necho version ${version}\n`);
    await chmod(join(source, "setup.sh"), version % 2 === 1 ? 0o755 : 0o700);
    await writeFile(join(source, `only in ${version}.txt`), `${version}\n`);
    await rm(join(source, `only in ${version - 1}.txt`), { force: true });
  }

  /** Small packages come and go, and most of the time are the same version when they come back. */
  async #somethingMore(): Promise<void> {
    const kind = this.#random.pick([tools, fonts]);
    if (this.#random.chance(0.1)) return this.#administrator.holdAWhile();
    if (this.#random.chance(0.1)) return this.#refresh(archive);
    if (this.#random.chance(0.15)) return this.#refresh(kind);
    const point = this.#random.chance(0.5) ? mke : this.#random.pick(allPoints); // the only one of its site
    await (this.#get(kind).points.includes(point) ? this.#take(kind, point) : this.#add(kind, point));
  }

  #get({ name }: Kind): Wanted {
    const found = this.#packages.get(name);
    if (!found) throw new Error(`package ${name} is not made yet`);
    return found;
  }

  #change(kind: Kind, change: Partial<Wanted>): void {
    this.#packages.set(kind.name, { ...this.#get(kind), ...change });
  }
}
