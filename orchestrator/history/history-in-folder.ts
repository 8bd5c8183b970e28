/**
 * What happened at the sites whose journals lie in a folder, told to the history checker one event after the other.
 */
import { journalEvents, sitesWithJournal } from "../journal-files.ts";
import { HistoryCheck } from "./history-check.ts";

export async function historyIn(root: string): Promise<HistoryCheck> {
  const check = new HistoryCheck();
  for (const site of await sitesWithJournal(root))
    for await (const event of journalEvents(root, site)) check.apply(event);
  return check;
}
