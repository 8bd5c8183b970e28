/**
 * Every send request ends: completed, withdrawn for a reason, or put in quarantine for one. Once it has ended it is not
 * sent any more, and its file never goes before. At rest none is left.
 */
import type { RequestId } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import { requestFileOf } from "./request-file.ts";
import type { Found, Rule } from "./rule.ts";

type Ending = "completed" | "withdrawn" | "put in quarantine" | "cleared";

export class RequestsEnd implements Rule {
  readonly name = "requests end";
  /** The last word of each that has not ended. */
  readonly #open = new Map<RequestId, JournalEvent>();
  readonly #ended = new Map<RequestId, Ending>();

  see(event: JournalEvent, found: Found): void {
    const { site, action, text = "" } = event;
    const isFile = requestFileOf(event.file) ?? requestFileOf(event.from);
    const request = event.request ?? isFile?.request;
    if (!request?.endsWith(site)) return; // the sending site tells of it
    if (!isFile && !ofRequest.has(action)) return; // its parts, and what an administrator wishes of it
    const ended = this.#ended.get(request);
    if (action === "created" || action === "sending") {
      const again = action === "created" ? "made" : "sent";
      if (ended) found(event, `it is ${again} after it was ${ended}`);
    }
    if (action === "failed" || action === "withdrawn" || action === "quarantined") {
      if (text === "") found(event, `it is ${action} without a reason`);
    }
    const ending = endings[action] ?? (action === "deleted" ? "cleared" : undefined);
    if (ending === "cleared" && !ended && !/^(OK|CANCELLED: .+)$/.test(text))
      found(event, "its file is gone, and it was neither completed nor withdrawn");
    if (ending) {
      this.#ended.set(request, ended ?? ending);
      this.#open.delete(request);
    } else if (!ended) this.#open.set(request, event);
  }

  end(found: Found, isAtRest: boolean): void {
    if (!isAtRest) return;
    for (const event of this.#open.values())
      found(event, `it has not ended: the last that is told of it is "${event.action}"`);
  }

  /** Of those that have not ended. */
  get openCount(): number {
    return this.#open.size;
  }
}

const endings: Readonly<Partial<Record<JournalEvent["action"], Ending>>> = {
  completed: "completed",
  withdrawn: "withdrawn",
  quarantined: "put in quarantine",
};

const ofRequest: ReadonlySet<string> = new Set(["sending", "completed", "failed", "withdrawn"]);
