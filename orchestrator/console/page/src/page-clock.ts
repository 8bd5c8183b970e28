/**
 * The time of the page: the only file of it that reads the browser's clock or sets a timer.
 */

export function realNow(): number {
  return Date.now();
}

/** Calls `work` again and again until what is returned is called. */
export function every(ms: number, work: () => void): () => void {
  const timer = setInterval(work, ms);
  return () => clearInterval(timer);
}
