/**
 * Why a package is not where it should be: what each step waits for now, from the journals; what the sites say of their
 * send requests; what the test itself has put in the way.
 */
import type { PackageId, SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import type { SendRequestStatus } from "../../domain/send-request.ts";
import { wordsOf } from "../failure.ts";
import type { SiteClient } from "../site-client.ts";
import { waitWords } from "../story-lines.ts";
import { storyOf } from "../trace.ts";
import { bytesWords, dayAndTime, logName } from "../words.ts";

/** A step that is not finished. */
export type Waiting = {
  readonly site: SiteCode;
  /** Where an administrator would look, like `sched.log`. */
  readonly log: string;
  /** On the emulated calendar. */
  readonly since: Date;
  /** Which file, and why, in words. */
  readonly what: string;
};

export function waitingOf(events: readonly JournalEvent[], id: PackageId): Waiting[] {
  return storyOf(events, id)
    .waits.filter(({ isNews }) => !isNews)
    .map((wait) => ({
      site: wait.last.site,
      log: logName(wait.last.component),
      since: new Date(wait.last.emulatedMs),
      what: waitWords(wait),
    }));
}

type Asked = {
  /** Of the packages that are waited for. */
  readonly ids: readonly PackageId[];
  readonly events: readonly JournalEvent[];
  readonly sites: Iterable<SiteClient>;
  readonly isDown: (site: SiteCode) => boolean;
  /** What the test has put in the way, in words. */
  readonly faults: readonly string[];
  readonly timeZone: string;
};

/** A line each. Never rejects: a site that cannot be asked is a reason of its own. */
export async function reasonLines({
  ids,
  events,
  sites,
  isDown,
  faults,
  timeZone,
}: Asked): Promise<string[]> {
  const clock = (ms: number) => dayAndTime(ms, timeZone);
  const waiting = ids
    .flatMap((id) => waitingOf(events, id))
    .map(({ site, log, since, what }) => `${site} ${log} since ${clock(since.getTime())}: ${what}`);
  const asked = [...sites].map(async (site) => {
    if (isDown(site.code)) return [`site ${site.code} is down: the test has ended or paused it`];
    try {
      const requests = await site.sendRequests();
      return requests
        .filter((one) => one.packages.some((id) => ids.includes(id)) && one.sourceVersion !== null)
        .map((one) => requestWords(site.code, one, clock));
    } catch (error) {
      return [wordsOf(error)];
    }
  });
  const said = (await Promise.all(asked)).flat();
  const lines = [...waiting, ...said, ...faults];
  return lines.length > 0 ? lines : ["nothing is waited for: every step that began has ended"];
}

function requestWords(site: SiteCode, request: SendRequestStatus, clock: (ms: number) => string): string {
  const { state, destination, bytesLeft, bytes, reason, nextTryMs } = request;
  return [
    `${site} sends it to ${destination} (request ${request.request}): ${state}`,
    `${bytesWords(bytesLeft)} of ${bytesWords(bytes)} left`,
    ...(reason === "" ? [] : [reason]),
    ...(nextTryMs === null ? [] : [`tried again ${clock(nextTryMs)}`]),
  ].join(", ");
}
