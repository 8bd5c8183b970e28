/**
 * Where each site of a tree is drawn: levels from left to right, children below one another, each parent halfway
 * between its first and its last child. Pure arithmetic, in the units of the drawing.
 */

/** What a site needs above and below the middle of its box, so that nothing of its neighbours meets it. */
export type Room = { readonly above: number; readonly below: number };

export type Place = { readonly level: number; readonly middle: number };

export type TreeLayout<Site> = {
  readonly places: ReadonlyMap<Site, Place>;
  readonly levels: number;
  readonly bottom: number;
};

export function treeLayout<Site>(
  root: Site,
  childrenOf: (site: Site) => readonly Site[],
  roomOf: (site: Site) => Room,
  top: number,
): TreeLayout<Site> {
  const places = new Map<Site, Place>();
  let levels = 0;

  /** Places a site and all below it, none of it above `from`; gives back where they end. */
  const place = (site: Site, level: number, from: number): number => {
    levels = Math.max(levels, level + 1);
    const { above, below } = roomOf(site);
    const children = childrenOf(site);
    let end = from;
    for (const child of children) end = place(child, level + 1, end);
    const [first, last] = [children.at(0), children.at(-1)].map(
      (child) => child && places.get(child)?.middle,
    );
    const wanted = first === undefined || last === undefined ? from + above : (first + last) / 2;
    const middle = Math.max(wanted, from + above);
    for (const child of children) lower(child, middle - wanted); // the site needs more room than its children
    places.set(site, { level, middle });
    return Math.max(end + (middle - wanted), middle + below);
  };

  const lower = (site: Site, by: number): void => {
    const at = places.get(site);
    if (by === 0 || !at) return;
    places.set(site, { ...at, middle: at.middle + by });
    for (const child of childrenOf(site)) lower(child, by);
  };

  const bottom = place(root, 0, top);
  return { places, levels, bottom };
}
