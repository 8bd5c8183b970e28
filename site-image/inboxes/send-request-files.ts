/**
 * The send requests of a site as they lie in `Schedule.box`, and how many files lie in each inbox: read for whoever
 * asks, while their components move them.
 */
import { readdir } from "node:fs/promises";
import { join, parse } from "node:path";

import { z } from "zod";

import { type SenderType, senderType } from "../../domain/package.ts";
import { priorities } from "../../domain/priority.ts";
import type { InboxDepths, SendRequestStatus } from "../../domain/send-request.ts";
import { compareRequests } from "../../domain/send-request-order.ts";
import { requestById } from "../database/send-requests.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { errorText } from "../reporter.ts";
import type { SiteFolders } from "../site-folders.ts";
import { NoDocumentError, readDocument } from "./document-file.ts";
import { type SendRequest, sendRequestIn } from "./documents.ts";
import type { Inbox } from "./inbox.ts";
import { shareParts, stages } from "./stages.ts";
import { isMissing } from "./whole-file.ts";

const { ready, claimed } = stages.sendRequest;

type Deps = { readonly folders: SiteFolders; readonly database: SiteDatabase };
type Found = {
  readonly document: SendRequest;
  readonly sender: SenderType | null;
  readonly isRunning: boolean;
};

/** In the order in which they go. */
export async function sendRequests({ folders, database }: Deps): Promise<SendRequestStatus[]> {
  const found = new Map<string, Found>();
  // `Requests` twice, since a request that goes back there meanwhile would be in neither look.
  const places: readonly (readonly [string, SenderType | null])[] = [
    [folders.requests, null],
    ...senderType.options.map((type) => [folders.outbox(type), type] as const),
    [folders.requests, null],
  ];
  for (const [folder, sender] of places) {
    const files = (await readdir(folder)).filter((file) => !file.startsWith("."));
    const names = files.filter((file) => file.endsWith(ready) || file.endsWith(claimed));
    for (const name of new Set(names.map((file) => file.slice(0, -ready.length)))) {
      const path = join(folder, name);
      // Claimed twice, since one that is claimed between the first two looks would be in neither.
      const read =
        (await readWhole(path + claimed)) ??
        (await readWhole(path + ready)) ??
        (await readWhole(path + claimed));
      if (read) found.set(name, { document: read, sender, isRunning: files.includes(name + claimed) });
    }
  }
  const ordered = [...found].sort(([a], [b]) => compareRequests(a, b)).map(([, one]) => one);
  return ordered.map((one) => statusOf(one, ordered, database));
}

function statusOf(
  { document, sender, isRunning }: Found,
  all: readonly Found[],
  database: SiteDatabase,
): SendRequestStatus {
  const row = requestById(database, document.request);
  // Only the first of those that wait for a sender are told why; the others wait behind them.
  const ahead = all.filter((other) => other.sender === sender && !other.isRunning);
  const behind = ahead.findIndex((other) => other.document.request === document.request);
  const isBehind = document.reason === "" && sender !== null && !isRunning && behind > 0;
  const {
    status,
    packageFile,
    instructionFile,
    sha256,
    version,
    preferredSender,
    resting,
    endedMs,
    ...rest
  } = document;
  return {
    ...rest,
    state: status,
    sender,
    sourceVersion: row?.sourceVersion ?? null,
    wish: row?.wish ?? "",
    reason: isBehind
      ? `behind ${behind} ${behind === 1 ? "other" : "others"} of the ${sender} sender`
      : document.reason,
  };
}

/** The request in a file. Rejects with the cause where it cannot be read, or is not the one the file is named after. */
export async function readSendRequest(path: string): Promise<SendRequest> {
  const text = (await readDocument(path)).toString("utf8");
  return sendRequestIn(parse(path).name).parse(JSON.parse(text));
}

/**
 * A request read where it lies. Undefined where it has moved on, or is not one: then it is in quarantine. A disk that
 * fails to read it says nothing of the request, and rejects.
 */
export async function readWaiting(
  inbox: Inbox,
  name: string,
  extension: string,
): Promise<SendRequest | undefined> {
  try {
    return await readSendRequest(join(inbox.folder, name + extension));
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (!isNoRequest(error)) throw error;
    await inbox.quarantine(name, errorText(error));
    return undefined;
  }
}

function isNoRequest(error: unknown): boolean {
  return error instanceof NoDocumentError || error instanceof SyntaxError || error instanceof z.ZodError;
}

/** Undefined where it has moved on meanwhile, or is not one: its component puts that in quarantine. */
async function readWhole(path: string): Promise<SendRequest | undefined> {
  try {
    return await readSendRequest(path);
  } catch (error) {
    if (isMissing(error) || isNoRequest(error)) return undefined;
    throw error;
  }
}

export async function inboxDepths(folders: SiteFolders): Promise<InboxDepths["inboxes"]> {
  return (await inboxFiles(folders)).map(({ inbox, files }) => ({ inbox, files: files.length }));
}

/** The files that lie in each inbox, waiting or in hand. */
export async function inboxFiles(
  folders: SiteFolders,
): Promise<{ inbox: string; folder: string; files: readonly string[] }[]> {
  const inboxes: readonly (readonly [name: string, folder: string, extensions: readonly string[]])[] = [
    [
      "Distmgr.box",
      folders.distributionManager,
      [stages.packageNotification.ready, stages.packageNotification.claimed],
    ],
    [
      "Distmgr.box/Incoming",
      folders.distributionManagerIncoming,
      [stages.incomingDefinition.ready, stages.incomingDefinition.claimed],
    ],
    ...priorities.map((priority) => {
      const folder = folders.replicationOutbound(priority);
      const name = `Replmgr.box/Outbound/${folder.slice(folder.lastIndexOf("/") + 1)}`;
      return [name, folder, [stages.replication.ready, stages.replication.claimed]] as const;
    }),
    [
      "Replmgr.box/Incoming",
      folders.replicationIncoming,
      [stages.replication.ready, stages.replication.claimed],
    ],
    ["Schedule.box", folders.scheduler, [stages.minijob.ready, stages.minijob.claimed]],
    ["Schedule.box/Requests", folders.requests, [ready, claimed]],
    ...senderType.options.map(
      (type) => [`Outboxes/${type}`, folders.outbox(type), [ready, claimed]] as const,
    ),
    [
      "Despoolr.box/Receive",
      folders.receive,
      [stages.instruction.ready, stages.instruction.claimed, shareParts.instruction],
    ],
  ];
  return await Promise.all(
    inboxes.map(async ([inbox, folder, extensions]) => {
      const files = await readdir(folder).catch(() => []); // made by its component when the site starts
      const counted = files.filter(
        (file) => !file.startsWith(".") && extensions.some((extension) => file.endsWith(extension)),
      );
      return { inbox, folder, files: counted };
    }),
  );
}
