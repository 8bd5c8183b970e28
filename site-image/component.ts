/**
 * A component: an independent loop with an inbox. Components never call each other; they put files in each other's
 * inboxes. This file is the interface, and the loop of those that handle each file of an inbox on its own.
 */
import PQueue from "p-queue";
import type { z } from "zod";

import type { ClaimedFile } from "./inboxes/claimed-file.ts";
import type { Changed, Inbox, Place } from "./inboxes/inbox.ts";

export interface Component {
  /** As in the logs and the journal, like SMS_SCHEDULER. */
  readonly name: string;
  /** The log's file name without `.log`. */
  readonly log: string;
  /** Puts right what the last run left. Before any component of the site runs. */
  recover(): Promise<void>;
  /** Works until `signal` aborts, finishes what is in hand, then resolves. Rejects only if it cannot go on. */
  run(signal: AbortSignal): Promise<void>;
}

type FileWork<Schema extends z.ZodType> = {
  readonly place: Place;
  readonly inbox: Inbox;
  /** Of the document in a file of this name. */
  readonly schema: Schema | ((name: string) => Schema);
  /** How many files at a time. Default 1. */
  readonly concurrency?: number;
  /**
   * Does the work of one file and ends it (`done`, `release`, `quarantine`). Doing it twice changes nothing more.
   * Gets the signal to leave early where the work can go on later.
   */
  handle(document: z.infer<Schema>, file: ClaimedFile, signal: AbortSignal): Promise<void>;
};

/**
 * For work that waits for the disk and for little else: what so many files wait for at a time is one flush of each
 * folder and one of the database's log. They begin in order of their names.
 */
export const filesAtOnce = 32;

/** Handles every file of an inbox, in order of names, until `signal` aborts; then finishes those in hand. */
export async function workThrough<Schema extends z.ZodType>(
  work: FileWork<Schema>,
  signal: AbortSignal,
): Promise<void> {
  const queue = new PQueue({ concurrency: work.concurrency ?? 1 });
  const inHand = new Set<string>();
  for await (const changed of work.inbox.changes(signal)) {
    for (const name of await readyOf(work, changed)) {
      if (inHand.has(name)) continue; // a new file of a name in hand is seen when that one ends
      inHand.add(name);
      void queue.add(async () => {
        if (!signal.aborted) await handleOne(work, name, signal);
        inHand.delete(name);
        if (work.inbox.isLying(name)) work.inbox.look();
      });
    }
  }
  await queue.onIdle();
}

/** Nothing where the disk does not let one look: then the next sweep finds what is there. */
async function readyOf(
  { place, inbox }: { readonly place: Place; readonly inbox: Inbox },
  changed: Changed,
): Promise<string[]> {
  try {
    return await inbox.ready(changed);
  } catch (error) {
    const folder = place.folders.shown(inbox.folder);
    place.reporter.error(`cannot look through ${folder}; tried again at the next sweep`, error);
    return [];
  }
}

async function handleOne<Schema extends z.ZodType>(
  { place, inbox, schema, handle }: FileWork<Schema>,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  let file: ClaimedFile | undefined;
  try {
    file = await inbox.claim(name);
    const document = await file?.read(typeof schema === "function" ? schema(name) : schema);
    if (file && document !== undefined) await handle(document as z.infer<Schema>, file, signal);
  } catch (error) {
    place.reporter.error(`cannot finish ${name}; tried again in ${inbox.retryMs() / 1000} s`, error);
    if (file) await inbox.putBack(file);
  }
}
