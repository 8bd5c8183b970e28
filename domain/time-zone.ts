/**
 * The local clock of a site: how far an IANA time zone is from UTC at an instant, and until when it stays so.
 * Between two changes of the offset the local clock runs like any other, so that everything else about schedules
 * is whole numbers; Temporal is asked once a change.
 */

/** The local clock is `offsetMs` ahead of UTC from `fromMs` until just before `untilMs`. */
export type OffsetSpan = {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly offsetMs: number;
};

const remembered = 4;

/**
 * A time zone, made once a site and handed to whatever reads a schedule there. It remembers the last spans it
 * was asked for: that makes it fast and changes no answer, and it is nobody's global state.
 */
export class TimeZone {
  readonly name: string;
  readonly #spans: OffsetSpan[] = [];

  /** `name` is of the IANA list; another throws a RangeError. */
  constructor(name: string) {
    this.name = name;
    try {
      this.spanAt(0);
    } catch (cause) {
      throw new RangeError(`expected an IANA time zone, like America/Chicago, got "${name}"`, { cause });
    }
  }

  /** The span that `ms` lies in. Throws a RangeError for what is no instant. */
  spanAt(ms: number): OffsetSpan {
    for (const span of this.#spans) {
      if (ms >= span.fromMs && ms < span.untilMs) return span;
    }
    const span = this.#find(Math.floor(ms));
    this.#spans.unshift(span);
    if (this.#spans.length > remembered) this.#spans.pop();
    return span;
  }

  #find(ms: number): OffsetSpan {
    const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(this.name);
    // "previous" looks strictly before, and the change may be this very instant
    const begun = local.add({ nanoseconds: 1 }).getTimeZoneTransition("previous");
    return {
      fromMs: begun?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
      untilMs: local.getTimeZoneTransition("next")?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
      offsetMs: local.offsetNanoseconds / 1e6,
    };
  }
}
