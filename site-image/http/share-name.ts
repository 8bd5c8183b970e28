/**
 * Names on the SMS_SITE share: a send request's id and one of three extensions, and nothing else, so that no name
 * leads out of the folder.
 */
import { type RequestId, requestId, type SiteCode } from "../../domain/identifiers.ts";
import { shareParts, stages } from "../inboxes/stages.ts";
import { Refusal } from "./refusal.ts";

/** `PCK` and `TMP` are put here by a sender, `SNI` is what a commit makes of the second. */
export const committedPart = stages.instruction.ready;
const extensions: readonly string[] = [shareParts.package, shareParts.instruction, committedPart];

export type ShareName = { readonly name: string; readonly request: RequestId; readonly extension: string };

/** What `text` names, undefined where it is no name of the share. */
export function shareNameOf(text: string): ShareName | undefined {
  const extension = text.slice(-4);
  const request = requestId.safeParse(text.slice(0, -4));
  return request.success && extensions.includes(extension)
    ? { name: text, request: request.data, extension }
    : undefined;
}

export function packageFileOf(request: RequestId): string {
  return request + shareParts.package;
}

export function instructionFileOf(request: RequestId): string {
  return request + shareParts.instruction;
}

export function committedFileOf(request: RequestId): string {
  return request + committedPart;
}

/** True if the request is one that `site` made: an id ends with the code of the sending site. */
export function isOf(request: RequestId, site: SiteCode): boolean {
  return request.endsWith(site);
}

/** The name in a request's path, of a request that `site` made. */
export function ownName(text: string, site: SiteCode): ShareName {
  const name = shareNameOf(text);
  if (!name) throw new Refusal("NAME_REFUSED", `got ${JSON.stringify(text)}`);
  if (!isOf(name.request, site)) throw new Refusal("NOT_YOURS", `${name.name} is not of site ${site}`);
  return name;
}
