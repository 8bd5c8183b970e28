/**
 * The fewest of some items with which something still fails: delta debugging, half by half, then in smaller parts, until
 * no single one can be left out or the budget is used up.
 */

/** `fails` is asked of fewer and fewer; `mayGoOn` before each time. All of the items fail together. */
export async function shrunk<Item>(
  items: readonly Item[],
  fails: (fewer: readonly Item[]) => Promise<boolean>,
  mayGoOn: () => boolean,
): Promise<readonly Item[]> {
  let least = items;
  for (let parts = 2; least.length > 0; ) {
    const size = Math.ceil(least.length / parts);
    let isLess = false;
    for (let from = 0; from < least.length && !isLess; from += size) {
      if (!mayGoOn()) return least;
      const fewer = least.toSpliced(from, size);
      if (!(await fails(fewer))) continue;
      least = fewer;
      isLess = true;
    }
    if (isLess) parts = Math.max(2, parts - 1);
    else if (size === 1) break;
    else parts = Math.min(parts * 2, least.length);
  }
  return least;
}
