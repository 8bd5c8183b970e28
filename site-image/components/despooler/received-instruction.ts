/**
 * An instruction in the Despooler's hand, with the package file that came with it. It ends in one of three ways, and the
 * package file goes with it.
 */
import { join } from "node:path";

import type { Subject } from "../../../domain/journal.ts";
import type { ClaimedFile } from "../../inboxes/claimed-file.ts";
import type { Place } from "../../inboxes/inbox.ts";
import { shareParts } from "../../inboxes/stages.ts";
import { remove, removeDurably } from "../../inboxes/whole-file.ts";

export class ReceivedInstruction {
  readonly file: ClaimedFile;
  readonly packageFile: string;
  readonly #place: Place;

  constructor(file: ClaimedFile, place: Place) {
    this.file = file;
    this.packageFile = join(place.folders.receive, file.name + shareParts.package);
    this.#place = place;
  }

  /** It is carried out. */
  async finish(subject: Subject): Promise<void> {
    const { folders, reporter, flushed } = this.#place;
    await flushed();
    remove(this.packageFile, () =>
      reporter.event({ action: "deleted", file: folders.shown(this.packageFile), ...subject }),
    );
    await this.file.done(subject);
    const about = subject.request ? reporter.about(subject.request) : reporter;
    about.info(`Despooler successfully executed one instruction (${this.file.name})`);
  }

  /** It is not to be carried out: quarantine. */
  async refuse(reason: string): Promise<void> {
    this.#place.reporter.status(30001, `${this.file.name}: ${reason}`);
    await removeDurably(this.packageFile);
    await this.file.quarantine(reason);
  }

  /** The package file is not what was signed, though it was when it came in. */
  async damaged(subject: Subject): Promise<void> {
    await removeDurably(this.packageFile);
    await this.file.quarantine(
      "its package file does not have the length and digest that were signed",
      subject,
    );
  }
}
