/**
 * The send requests of all sites, each from its `.SRQ` to its end: what it waited for, when its bytes went, and how
 * that ended. From the journal; where nobody watched there is no progress between the start of a sending and its end,
 * and bytes are taken to have gone evenly. Bounded: what is long ago is kept in fewer points.
 */
import type { PackageId, RequestId, SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import { type Priority, priorities } from "../../domain/priority.ts";

/** The receiver had `offset` bytes by then. */
export type Point = { readonly emulatedMs: number; readonly offset: number };

/** From the first byte of a sending to its end. `stopped` is by a window, a limit of the site or its death. */
export type Attempt = {
  readonly fromMs: number;
  untilMs: number | undefined;
  state: "sending" | "completed" | "failed" | "stopped";
  /** In the order of time; the first is where it began. */
  points: Point[];
};

export type Wait = { readonly fromMs: number; untilMs: number | undefined; reason: string };

export type SentRequest = {
  readonly request: RequestId;
  readonly from: SiteCode;
  to: SiteCode | undefined;
  readonly priority: Priority;
  packages: readonly PackageId[];
  /** Of the sender that has or had it, like LAN. */
  sender: string | undefined;
  /** The compressed copy of a package; otherwise only words between sites. */
  isContent: boolean;
  bytes: number;
  readonly createdMs: number;
  /** Until when it was waited for or sent; undefined while it is. */
  endMs: number | undefined;
  state: "waiting" | "sending" | "completed" | "withdrawn";
  attempts: Attempt[];
  waits: Wait[];
  failures: { readonly emulatedMs: number; readonly why: string }[];
};

const mostPoints = 64;
const mostAttempts = 60;
const mostWaits = 60;

export class SendRequests {
  /** In the order in which they were first heard of. */
  readonly all = new Map<RequestId, SentRequest>();
  /** Jobs that carry content; what a sender says names only the job. */
  readonly #contentJobs = new Set<string>();
  readonly #lastMs = new Map<SiteCode, number>();

  apply(event: JournalEvent): void {
    const { site, action, job, emulatedMs } = event;
    const beforeMs = this.#lastMs.get(site) ?? emulatedMs;
    this.#lastMs.set(site, emulatedMs);
    if (action === "created" && event.file?.endsWith(".JOB") && event.sourceVersion !== undefined)
      this.#contentJobs.add(`${site} ${job}`);
    const file = requestFile(event.file);
    const request = event.request ?? file?.request;
    if (!request?.endsWith(site)) return; // what is told of another site's request is told there as well
    if (!file && !ofSending.has(action)) return; // its parts, or the job it was made of
    const one = this.all.get(request) ?? this.#add(event, request);
    one.to ??= event.peer;
    one.isContent ||= this.#contentJobs.has(`${site} ${job}`);
    if (event.packages?.length) one.packages = event.packages;
    if (file?.sender !== undefined) one.sender = file.sender;
    follow(one, event, beforeMs);
  }

  #add({ site, emulatedMs }: JournalEvent, request: RequestId): SentRequest {
    const one: SentRequest = {
      request,
      from: site,
      to: undefined,
      priority: priorities[Number(request[0]) - 1] ?? "medium",
      packages: [],
      sender: undefined,
      isContent: false,
      bytes: 0,
      createdMs: emulatedMs,
      endMs: undefined,
      state: "waiting",
      attempts: [],
      waits: [],
      failures: [],
    };
    this.all.set(request, one);
    return one;
  }
}

const ofSending: ReadonlySet<string> = new Set([
  "sending",
  "progress",
  "completed",
  "failed",
  "withdrawn",
  "dialling",
]);

/** The request and the sender in `.../Outboxes/LAN/2__01CEN.SRS`. */
function requestFile(file = ""): { request: RequestId; sender: string | undefined } | undefined {
  const [, sender, request] = /Schedule\.box\/(?:Outboxes\/(\w+)|Requests)\/(\w+)\.SR[QS]$/.exec(file) ?? [];
  return request === undefined ? undefined : { request: request as RequestId, sender };
}

function follow(one: SentRequest, event: JournalEvent, beforeMs: number): void {
  const { emulatedMs: nowMs, text = "", file = "", from = "" } = event;
  const { action } = event;
  if (action === "created" || action === "waiting") wait(one, nowMs, text);
  else if (action === "claimed") wait(one, nowMs, "connecting");
  else if (action === "released") {
    // A site that was killed puts it back when it is up again: nothing went after its last word.
    const thenMs = text === "" ? beforeMs : nowMs;
    stop(one, thenMs, "stopped");
    wait(one, thenMs, text);
  } else if (action === "renamed" && file.endsWith(".SRQ")) {
    if (from.endsWith(".SRS")) stop(one, nowMs, "stopped");
    wait(one, nowMs, text);
  } else if (action === "sending") begin(one, event);
  else if (action === "progress") reach(one, nowMs, event.offset ?? 0);
  else if (action === "failed") {
    one.failures = [...one.failures, { emulatedMs: nowMs, why: text }].slice(-mostAttempts);
    if (one.state === "sending") reach(one, nowMs, event.offset ?? 0);
    stop(one, nowMs, "failed");
  } else if (action === "completed" && one.endMs === undefined) {
    reach(one, nowMs, one.bytes);
    stop(one, nowMs, "completed");
    end(one, nowMs, "completed");
  } else if (action === "withdrawn" || action === "quarantined" || action === "deleted") {
    stop(one, nowMs, "stopped");
    end(one, nowMs, "withdrawn");
  }
}

/** Another reason is another wait; without one, what it waits for is still to be told. */
function wait(one: SentRequest, nowMs: number, reason: string): void {
  const last = one.waits.at(-1);
  if (one.state === "completed") return; // its file is looked at until it is cleared away
  one.state = "waiting";
  one.endMs = undefined;
  if (last && last.untilMs === undefined) {
    if (last.reason === reason) return;
    if (last.reason === "") {
      last.reason = reason;
      return;
    }
    last.untilMs = nowMs;
  }
  one.waits.push({ fromMs: nowMs, untilMs: undefined, reason });
  if (one.waits.length > mostWaits) one.waits.shift();
}

function endWait(one: SentRequest, nowMs: number): void {
  const last = one.waits.at(-1);
  if (last) last.untilMs ??= nowMs;
}

function begin(one: SentRequest, { emulatedMs, offset = 0, bytes }: JournalEvent): void {
  const before = one.attempts.at(-1);
  const last = before?.points.at(-1);
  // What the receiver had more than was known went before the end of the sending before.
  if (before && last && offset > last.offset) {
    if (before.points.length > 1) before.points[before.points.length - 1] = { ...last, offset };
    else before.points.push({ emulatedMs: before.untilMs ?? emulatedMs, offset });
  }
  stop(one, emulatedMs, "stopped");
  endWait(one, emulatedMs);
  one.state = "sending";
  one.bytes = bytes ?? one.bytes;
  one.attempts.push({
    fromMs: emulatedMs,
    untilMs: undefined,
    state: "sending",
    points: [{ emulatedMs, offset }],
  });
  const [first, second] = one.attempts;
  if (one.attempts.length <= mostAttempts || !first || !second) return;
  const points = thinned([...first.points, ...second.points]);
  one.attempts.splice(0, 2, { ...second, fromMs: first.fromMs, points });
}

function reach(one: SentRequest, emulatedMs: number, offset: number): void {
  const attempt = one.attempts.at(-1);
  const last = attempt?.points.at(-1);
  if (!attempt || attempt.untilMs !== undefined || !last || offset <= last.offset) return;
  attempt.points.push({ emulatedMs, offset });
  attempt.points = thinned(attempt.points);
}

function stop(one: SentRequest, nowMs: number, state: Attempt["state"]): void {
  const attempt = one.attempts.at(-1);
  if (attempt && attempt.untilMs === undefined) {
    attempt.untilMs = Math.max(nowMs, attempt.points.at(-1)?.emulatedMs ?? nowMs);
    attempt.state = state;
  }
}

function end(one: SentRequest, nowMs: number, state: SentRequest["state"]): void {
  if (one.endMs !== undefined) return; // its file is cleared away after it was completed
  endWait(one, nowMs);
  one.endMs = nowMs;
  one.state = state;
}

/** Every second point, with the first and the last. */
function thinned(points: Point[]): Point[] {
  if (points.length <= mostPoints) return points;
  return points.filter((_, index) => index % 2 === 0 || index === points.length - 1);
}
