/**
 * What lies on the SMS_SITE shares: the parts of requests between their arrival and the Despooler's being done with
 * them. A part that nobody will ever take is an orphan.
 */
import type { RequestId, SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import type { SentRequest } from "./send-requests.ts";

export type Orphan = { readonly site: SiteCode; readonly file: string; readonly request: RequestId };

const receivedFile = /Despoolr\.box\/Receive\/(\w+)\.(PCK|TMP|SNI|IST)$/;

export class ReceivedParts {
  /** Files by site and path. */
  readonly #files = new Map<string, Orphan>();

  apply({ site, action, file = "", from = "" }: JournalEvent): void {
    if (!receivedFile.test(file) && !receivedFile.test(from)) return;
    this.#files.delete(`${site} ${from}`);
    const [, request] = receivedFile.exec(file) ?? [];
    if (action === "deleted" || action === "quarantined" || request === undefined)
      this.#files.delete(`${site} ${file}`);
    else if (action !== "received")
      this.#files.set(`${site} ${file}`, { site, file, request: request as RequestId });
  }

  /**
   * Parts without an instruction whose request was completed: neither the sender nor the Despooler knows of them. What a
   * request that was withdrawn has left is the share's, which lets it expire (docs/share.md).
   */
  orphans(requests: ReadonlyMap<RequestId, SentRequest>): Orphan[] {
    const files = [...this.#files.values()];
    const instructed = new Set(
      files.filter(({ file }) => /\.(SNI|IST)$/.test(file)).map(({ site, request }) => `${site} ${request}`),
    );
    return files.filter(
      ({ site, request }) =>
        !instructed.has(`${site} ${request}`) && requests.get(request)?.state === "completed",
    );
  }
}
