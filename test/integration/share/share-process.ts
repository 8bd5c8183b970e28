/**
 * A share in a process of its own, to be killed. `node share-process.ts <folder> <port> [<moment>]`: at the moment
 * given it kills itself, with SIGKILL, between two steps that nothing comes between otherwise.
 */
import { requestId, siteCode } from "../../../domain/identifiers.ts";
import { isReceived } from "../../../site-image/database/uploads.ts";
import { RunningShare } from "./running-share.ts";

const [folder = "", port = "0", moment = ""] = process.argv.slice(2);
const share = await RunningShare.start(folder, { port: Number(port) });
const { database, journal } = share.site;
const die = () => process.kill(process.pid, "SIGKILL");

if (moment === "received") {
  // The row is committed, and the rename comes next.
  const isIn = () => isReceived(database, requestId.parse("2___1CEN"), siteCode.parse("CEN"));
  database.onCommit(() => isIn() && die(), new AbortController().signal);
} else if (moment !== "") {
  // The journal is told with the step itself.
  const record = journal.record.bind(journal);
  journal.record = (component, entry) => {
    const event = record(component, entry);
    if (`${entry.action} ${entry.file?.slice(-3)}` === moment) die();
    return event;
  };
}
process.send?.(share.url);
