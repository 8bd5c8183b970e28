/**
 * A test with a fresh site of its own (site-place.ts), closed at its end.
 */
import { SitePlace } from "./site-place.ts";
import { test as folderTest } from "./temporary-folder.ts";

/** Site CHI, at a thousand times real time. */
export const test = folderTest.extend("site", ({ folder }, { onCleanup }) => {
  const site = new SitePlace(folder);
  onCleanup(() => site[Symbol.dispose]());
  return site;
});
