/**
 * The order of send requests by their names: the highest priority first, then the oldest (domain.md section 3).
 */

/** For `sort`: negative when `a` goes before `b`. Names are `<priority digit><counter padded with _><site>`. */
export function compareRequests(a: string, b: string): number {
  const [first, second] = [partsOf(a), partsOf(b)];
  return (
    first.priority.localeCompare(second.priority) ||
    first.counter.length - second.counter.length ||
    (first.counter < second.counter ? -1 : first.counter > second.counter ? 1 : 0)
  );
}

function partsOf(name: string): { priority: string; counter: string } {
  return { priority: name.slice(0, 1), counter: name.slice(1, -3).replaceAll("_", "") };
}
