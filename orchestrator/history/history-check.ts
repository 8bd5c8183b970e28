/**
 * The history checker: judges what happened at all sites by the rules beside this file, from their journals alone.
 * Pure. What the journals do not tell - the bytes that came in a closed hour or above a limit - is seen at the
 * receivers, by the recorder of the tests.
 */
import type { RequestId, SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import { dateAndTime } from "../words.ts";
import { DeliveredOnce } from "./delivered-once.ts";
import { InstalledOnce } from "./installed-once.ts";
import { InstalledWhole } from "./installed-whole.ts";
import { PriorityOrder } from "./priority-order.ts";
import { requestFileOf } from "./request-file.ts";
import { RequestsEnd } from "./requests-end.ts";
import type { Rule } from "./rule.ts";
import { SignedInstructions } from "./signed-instructions.ts";
import { UnbrokenJournal } from "./unbroken-journal.ts";
import { VersionsForward } from "./versions-forward.ts";

/** Where, when and how a rule was broken. */
export type Finding = {
  readonly rule: string;
  readonly site: SiteCode;
  readonly request: RequestId | undefined;
  readonly file: string | undefined;
  readonly emulatedMs: number;
  /** Of the event in the site's journal. */
  readonly sequence: number;
  readonly words: string;
};

/** So many findings are kept; one that breaks a rule often breaks it again and again. */
const mostFindings = 500;

export class HistoryCheck {
  readonly #requests = new RequestsEnd();
  readonly #rules: readonly Rule[] = [
    new UnbrokenJournal(),
    new InstalledOnce(),
    new InstalledWhole(),
    new VersionsForward(),
    new DeliveredOnce(),
    new SignedInstructions(),
    new PriorityOrder(),
    this.#requests,
  ];
  readonly #findings: Finding[] = [];
  #events = 0;

  static of(events: Iterable<JournalEvent>): HistoryCheck {
    const check = new HistoryCheck();
    for (const event of events) check.apply(event);
    return check;
  }

  /** The events of each site in their order, sites in any. Progress is not kept, and judged by nothing. */
  apply(event: JournalEvent): void {
    if (event.sequence === 0) return;
    this.#events++;
    for (const rule of this.#rules) {
      rule.see(event, (broken, words) => {
        if (this.#findings.length < mostFindings) this.#findings.push(findingOf(rule, broken, words));
      });
    }
  }

  get eventCount(): number {
    return this.#events;
  }

  /** Send requests that have not ended. */
  get openRequests(): number {
    return this.#requests.openCount;
  }

  /** As of now. `isAtRest`: nothing should be under way any more. */
  findings(isAtRest = false): readonly Finding[] {
    const atEnd: Finding[] = [];
    for (const rule of this.#rules)
      rule.end?.((broken, words) => atEnd.push(findingOf(rule, broken, words)), isAtRest);
    return [...this.#findings, ...atEnd].slice(0, mostFindings);
  }
}

function findingOf(rule: Rule, event: JournalEvent, words: string): Finding {
  const { site, file, emulatedMs, sequence } = event;
  const request = event.request ?? requestFileOf(file)?.request;
  return { rule: rule.name, site, request, file, emulatedMs, sequence, words };
}

/** One line: site, request, file, moment on the clock of the site, and what is wrong. */
export function findingWords(finding: Finding, timeZone = "Etc/UTC"): string {
  const { rule, site, request, file, emulatedMs, sequence, words } = finding;
  const about = [
    `site ${site}`,
    ...(request === undefined ? [] : [`request ${request}`]),
    ...(file === undefined ? [] : [file]),
    `${dateAndTime(emulatedMs, timeZone)} (event ${sequence})`,
  ];
  return `${rule}: ${about.join(", ")}: ${words}`;
}

const mostTold = 20;

/** Throws with what breaks a rule, in words. */
export function assertHistory(check: HistoryCheck, isAtRest = false): void {
  const findings = check.findings(isAtRest);
  if (findings.length === 0) return;
  const told = findings.slice(0, mostTold).map((finding) => `\n  ${findingWords(finding)}`);
  const more = findings.length > mostTold ? `\n  and ${findings.length - mostTold} more` : "";
  throw new Error(`the journals tell of what must not happen:${told.join("")}${more}`);
}
