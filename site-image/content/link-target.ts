/**
 * Where a symbolic link leads, judged from the folder's own links alone. Pure: the disk is never asked, so an
 * archive can be judged before anything of it is written.
 */

/** As many links as Linux follows on one path before it gives up with ELOOP. */
const mostHops = 40;

/**
 * Whether following `path` leads out of the folder, at its end or anywhere on the way.
 * `links` holds every symbolic link of the folder: its path (relative, with "/") and its target.
 * An absolute target leaves. So does a ".." above the folder, even where a part before it does not exist: it may
 * exist tomorrow. A path that needs more than 40 links is a loop to the system, which leads nowhere, so it stays.
 */
export function leavesFolder(links: ReadonlyMap<string, string>, path: string): boolean {
  const waiting = path.split("/").reverse(); // the next part of the path is the last one
  const here: string[] = [];
  let hops = 0;
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (here.pop() === undefined) return true;
      continue;
    }
    here.push(part);
    const target = links.get(here.join("/"));
    if (target === undefined) continue;
    if (target.startsWith("/")) return true;
    hops += 1;
    if (hops > mostHops) return false;
    here.pop(); // a link stands for its target, which starts in the folder the link is in
    waiting.push(...target.split("/").reverse());
  }
  return false;
}
