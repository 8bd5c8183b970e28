/**
 * What the console's page is told, entry by entry: `site:CHI`, `way:CEN>CHI`. Types alone, so that the page and the
 * server mean the same. Times are milliseconds since the Unix epoch, on the emulated calendar unless a name says real.
 */
import type { HourUsage } from "../../domain/schedule.ts";
import type { SendRequestStatus } from "../../domain/send-request.ts";
import type { StatusMessage } from "../../domain/status-messages.ts";

export type HierarchyEntry = {
  readonly name: string;
  readonly file: string;
  readonly driver: string;
  readonly startMs: number;
  /** Of the central site. */
  readonly timeZone: string;
  readonly seed: string;
  /** Whether there is a recording that a report can be made of. */
  readonly hasReport: boolean;
};

export type ClockEntry = {
  /** In the order of real time; the page tells the time by them. */
  readonly moments: readonly {
    readonly realMs: number;
    readonly emulatedMs: number;
    readonly scale: number;
  }[];
  /** The scale of the topology: what the clock goes back to after it was slowed down. */
  readonly usualScale: number;
  /** When the first address that is not open to all opens further; null where none does. */
  readonly nextOpening: { readonly atMs: number; readonly from: string; readonly to: string } | null;
};

export type SitePowerState = "up" | "ended" | "paused";

export type SiteEntry = {
  readonly code: string;
  readonly name: string;
  readonly type: "primary" | "secondary";
  readonly parent: string | null;
  readonly timeZone: string;
  readonly servers: readonly string[];
  /** Whether it answers. */
  readonly reach: "up" | "down";
  /** Null where the driver has no switch for a single site. */
  readonly power: SitePowerState | null;
  /** Files that lie in its inboxes and wait, or are in hand. */
  readonly queue: number;
  /** What it failed at last and has not got over yet; null where nothing is wrong. */
  readonly trouble: string | null;
};

/** A sending of the content of a package under way. */
export type Moving = {
  readonly request: string;
  readonly packages: string;
  /** 0 to 100. */
  readonly percent: number;
  readonly bytes: number;
};

export type AddressNow = {
  readonly sender: string;
  readonly usage: HourUsage;
  /** When the usage changes and to what; null where it never does. */
  readonly until: { readonly atMs: number; readonly usage: HourUsage } | null;
  /** What holds now, like `16 kbit/s`. */
  readonly limit: string;
};

/** From one site to its parent or child, as it is now. */
export type WayEntry = {
  readonly from: string;
  readonly to: string;
  readonly addresses: readonly AddressNow[];
  /** The emulated line, like `1.544 Mbit/s, 40 ms`; null where nothing is declared. */
  readonly line: string | null;
  readonly isCut: boolean;
  /** Down by an outage that the topology has at this time. */
  readonly isOut: boolean;
  /** The first few; `sending` counts all. */
  readonly moving: readonly Moving[];
  readonly sending: number;
  /** Bytes per emulated second, over the last seconds. */
  readonly bytesPerSecond: number;
};

export type PackageEntry = {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly sourceVersion: number;
  readonly source: string;
  readonly points: number;
  readonly arrived: number;
  readonly failed: number;
};

export type CopyEntry = {
  readonly packageId: string;
  readonly site: string;
  readonly server: string;
  readonly state: "installed" | "pending" | "retrying" | "failed" | "removal pending";
  /** What is there; null where nothing is. */
  readonly sourceVersion: number | null;
  readonly arrivedMs: number | null;
  readonly reason: string;
};

/** What happened last, the newest last. */
export type NewsEntry = readonly {
  readonly number: number;
  readonly emulatedMs: number;
  readonly site: string;
  readonly text: string;
  readonly tone: "plain" | "good" | "bad" | "done by hand";
}[];

export type ExpectationsEntry = readonly {
  readonly text: string;
  readonly state: "open" | "held" | "failed";
  readonly numbers: string;
  readonly why: string | null;
}[];

/** Entries of the hierarchy's stream, by key. */
export type HierarchyEntries = {
  hierarchy: HierarchyEntry;
  clock: ClockEntry;
  news: NewsEntry;
  expectations: ExpectationsEntry;
  [site: `site:${string}`]: SiteEntry;
  [way: `way:${string}`]: WayEntry;
  [pkg: `package:${string}`]: PackageEntry;
  [copy: `copy:${string}`]: CopyEntry;
};

export type InboxFile = {
  readonly file: string;
  /** The state, by its extension. */
  readonly extension: string;
  readonly packages: string;
  readonly peer: string;
  readonly sinceMs: number;
};

export type InboxEntry = {
  readonly inbox: string;
  readonly files: readonly InboxFile[];
  /** Files that have left it, since the console started or from the journal. */
  readonly passed: number;
  /** The last that left, the newest first. */
  readonly left: readonly { readonly file: string; readonly atMs: number }[];
};

export type AddressEntry = {
  readonly to: string;
  readonly relation: "parent" | "child";
  readonly number: number;
  readonly sender: string;
  readonly line: string | null;
  /** As a topology file writes it. */
  readonly rate: string;
  /** 168 hours from Sunday 00:00 on, on the clock of the site. */
  readonly usages: readonly HourUsage[];
  /** What holds in each hour, like `25%`; null where the limit is not one of hours. */
  readonly limits: readonly string[] | null;
};

export type SiteEventEntry = {
  readonly sequence: number;
  readonly emulatedMs: number;
  readonly component: string;
  readonly action: string;
  readonly text: string;
};

/** Entries of the stream of one site. */
export type SitePageEntries = {
  now: { readonly hourOfWeek: number; readonly localTime: string };
  addresses: readonly AddressEntry[];
  inboxes: readonly InboxEntry[];
  requests: readonly SendRequestStatus[];
  events: readonly SiteEventEntry[];
  /** The newest so many, oldest first. */
  messages: readonly StatusMessage[];
  /** Set while the site cannot be asked. */
  unreachable: string | null;
};

/** `GET /api/packages/<id>/story` */
export type StoryView = {
  readonly id: string;
  readonly parts: readonly {
    readonly stage: string;
    readonly startMs: number;
    readonly timeZone: string;
    readonly steps: readonly {
      readonly emulatedMs: number;
      readonly site: string;
      readonly log: string;
      readonly words: string;
    }[];
  }[];
  readonly copies: readonly {
    readonly site: string;
    readonly server: string | null;
    readonly sourceVersion: number | null;
    readonly sinceMs: number;
  }[];
  readonly waits: readonly {
    readonly site: string;
    readonly log: string;
    readonly sinceMs: number;
    readonly words: string;
  }[];
};

/** `GET /api/ways/<from>/<to>/use` */
export type UseView = {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Bytes per emulated second in each of as many equal parts. */
  readonly rates: readonly number[];
  /** Null where nothing is declared. */
  readonly bytesPerSecond: number | null;
  readonly narrowed: readonly {
    readonly fromMs: number;
    readonly untilMs: number;
    readonly usage: HourUsage;
  }[];
  readonly outages: readonly { readonly fromMs: number; readonly untilMs: number }[];
};

/** `GET /api/sites/<code>/logs/<name>` */
export type LogView = {
  readonly lines: readonly {
    readonly text: string;
    readonly component: string;
    readonly type: 1 | 2 | 3;
    readonly date: string;
    readonly time: string;
  }[];
  readonly next: number;
  readonly file: string;
};

/** `GET /api/folders` */
export type FoldersView = {
  /** The one looked at; null where this machine's folders are not the site's. */
  readonly folder: string | null;
  readonly above: string | null;
  readonly folders: readonly string[];
  /** What packages of this hierarchy are made of. */
  readonly known: readonly string[];
};
