/**
 * The few events of a run that are worth a line of their own, in words. Pure.
 */
import type { JournalEvent } from "../../domain/journal.ts";
import { bytesWords, logName } from "../words.ts";
import { type Board, rateOf } from "./board.ts";

/** Undefined for what only a trace should tell. The board has been told the event before. */
export function eventLine(event: JournalEvent, board: Board): string | undefined {
  const { site, action, server, text } = event;
  const packages = event.packages?.join(", ") ?? "";
  const version = event.sourceVersion === undefined ? "" : ` version ${event.sourceVersion}`;
  const size = event.bytes === undefined ? "" : `, ${bytesWords(event.bytes)}`;
  switch (action) {
    case "compressed":
      return `${site} compressed ${packages}${version}${size}`;
    case "stored":
      // Where it was compressed, storing it is no news.
      return event.request ? `${site} stored the compressed copy of ${packages}${version}${size}` : undefined;
    case "installed":
      return `${site} installed ${packages}${version} on ${server}${size}`;
    case "uninstalled":
      return `${site} removed ${packages} from ${server}`;
    case "sending":
    case "completed":
      return transferLine(event, board);
    case "failed":
      return `${site} ${logName(event.component)}: ${packages ? `${packages}: ` : ""}${text ?? "failed"}`;
    case "quarantined":
      return `${site} ${logName(event.component)}: put ${event.file} in quarantine: ${text ?? "it does not parse"}`;
    case "withdrawn":
      return `${site} does not send ${packages || "news"} any more: ${text}`;
    case "waiting":
      return text
        ? `${site} ${logName(event.component)}: ${packages ? `${packages}: ` : ""}waiting: ${text}`
        : undefined;
    default:
      return undefined;
  }
}

/** Only content: what sites say to each other is a few hundred bytes, many times. */
function transferLine(event: JournalEvent, board: Board): string | undefined {
  const transfer = event.request && board.transfers.get(event.request);
  if (!transfer?.isContent) return undefined;
  const { from, to, packages, bytes, offset, start, last } = transfer;
  const what = `${from} -> ${to}: ${packages.join(", ")}`;
  if (event.action === "sending") {
    const again = offset > 0 ? `, going on from byte ${offset}` : "";
    return `${what}, sending ${bytesWords(bytes)}${again} (request ${transfer.request})`;
  }
  const rate = rateOf(transfer);
  const seconds = ((last.emulatedMs - start.emulatedMs) / 1000).toFixed(1);
  return `${what}, sent ${bytesWords(bytes)} in ${seconds} s${rate === undefined ? "" : `, ${bytesWords(rate)}/s`}`;
}
