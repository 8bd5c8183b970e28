/**
 * Follows the events of all sites of a hierarchy onto a board, until it is disposed of.
 */
import type { SiteCode } from "../domain/identifiers.ts";
import type { JournalEvent } from "../domain/journal.ts";
import { Failure } from "./failure.ts";
import type { RunningHierarchy } from "./hierarchy.ts";
import type { Delivery } from "./progress/expectations.ts";
import type { CopyStatus } from "./sms-provider.ts";

export type WatchOptions = {
  readonly board: { apply(event: JournalEvent): void };
  /** Told each event after the board was. */
  readonly onEvent: (event: JournalEvent) => void;
  /** Told when a site does not answer any more, and when it does again. */
  readonly onReach?: (site: SiteCode, state: "down" | "up") => void;
  /** Told when a site is lost and when it is back, in words. */
  readonly say: (words: string) => void;
};

export class Watch implements AsyncDisposable {
  /** Set when a site says something that cannot be understood: the run cannot be trusted any more. */
  error: unknown;
  readonly #stop = new AbortController();
  readonly #followers: Promise<void>[];

  constructor(hierarchy: RunningHierarchy, { board, onEvent, onReach, say }: WatchOptions) {
    this.#followers = [...hierarchy.sites.values()].map(async (site) => {
      const lost = (error: unknown) => {
        const why = error instanceof Failure ? error.message : `site ${site.code} closed the connection.`;
        onReach?.(site.code, error === undefined ? "up" : "down");
        say(error === undefined ? `${site.code} is back` : `! ${why} Waiting for it.`);
      };
      try {
        for await (const event of site.follow(0, this.#stop.signal, lost)) {
          board.apply(event);
          onEvent(event);
        }
      } catch (error) {
        this.error ??= error;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#followers);
  }
}

/** What the Provider of a package's site says of its copies. */
export type CopyReport = {
  /** Copies that failed, and will or will not be tried again, with the site's own reason. */
  readonly troubled: readonly CopyStatus[];
  /** True once it has heard that each distribution point has the version. */
  readonly isComplete: boolean;
};

/** Undefined where a site cannot be asked right now. */
export async function copyReport(
  hierarchy: RunningHierarchy,
  deliveries: readonly Delivery[],
): Promise<CopyReport | undefined> {
  const troubled: CopyStatus[] = [];
  let isComplete = true;
  try {
    for (const { id, sourceVersion, distributionPoints } of deliveries) {
      const site = [...hierarchy.sites.values()].find(({ code }) => id.startsWith(code));
      const copies = (await site?.provider.copies(id)) ?? [];
      troubled.push(...copies.filter(({ state }) => state === "failed" || state === "retrying"));
      isComplete &&= distributionPoints.every(({ server }) =>
        copies.some(
          (copy) =>
            copy.server === server && copy.state === "installed" && copy.sourceVersion >= sourceVersion,
        ),
      );
    }
    return { troubled, isComplete };
  } catch {
    return undefined; // the site starts or stops; its events say so
  }
}
