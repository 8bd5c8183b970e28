/**
 * A test with a fresh share of its own (running-share.ts), stopped at its end.
 */
import { test as folderTest } from "../../support/temporary-folder.ts";
import { RunningShare } from "./running-share.ts";

export const test = folderTest.extend("share", async ({ folder }, { onCleanup }) => {
  const share = await RunningShare.start(folder);
  onCleanup(() => share[Symbol.asyncDispose]());
  return share;
});
