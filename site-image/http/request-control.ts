/**
 * What an administrator wishes of send requests. A wish is a row in the site database; the component that has the
 * request at that moment carries it out.
 */
import type { RequestAction, SendRequestStatus } from "../../domain/send-request.ts";
import { cancelRequest, holdRequest, releaseRequest, requestById } from "../database/send-requests.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import type { Place } from "../inboxes/inbox.ts";
import { sendRequests } from "../inboxes/send-request-files.ts";
import { Refusal } from "./refusal.ts";

type Deps = { place: Place; database: SiteDatabase };

export class RequestControl {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  list(): Promise<SendRequestStatus[]> {
    const { place, database } = this.#deps;
    return sendRequests({ folders: place.folders, database });
  }

  /** Resolves once the wish is on the disk. Asked again, it changes nothing more. */
  async act(action: RequestAction, id: string): Promise<void> {
    const { place, database } = this.#deps;
    const found = (await this.list()).find(({ request }) => request === id);
    const row = requestById(database, id);
    if (row?.ended || found?.state === "OK") throw new Refusal("CONFLICT", `send request ${id} has ended`);
    if (!row) throw new Refusal("NOT_FOUND", `no send request ${id}`);
    switch (action) {
      case "hold":
        if (row.wish !== "hold" && !holdRequest(database, row.id))
          throw new Refusal("CONFLICT", `send request ${id} is withdrawn: ${row.reason}`);
        break;
      case "release":
        if (!releaseRequest(database, row.id))
          throw new Refusal("CONFLICT", `send request ${id} is not held`);
        break;
      case "cancel":
        if (row.packageId === null) {
          const what =
            "carries definitions or status between sites, which are not cancelled: hold it instead";
          throw new Refusal("CONFLICT", `send request ${id} ${what}`);
        }
        if (row.wish !== "cancel" && !cancelRequest(database, row.id))
          throw new Refusal("CONFLICT", `send request ${id} has ended`);
    }
    const done = { hold: "held", release: "released", cancel: "cancelled" }[action];
    const subject = { request: row.id, peer: row.finalSite || found?.finalSite, packages: found?.packages };
    place.reporter.event({ action: "recorded", ...subject, text: `${done} by an administrator` });
    place.reporter.info(`An administrator ${done} send request ${id} to site ${subject.peer}`);
  }
}
