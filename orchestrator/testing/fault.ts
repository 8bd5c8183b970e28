/**
 * Something that goes wrong in a test for as long as the test wants it to: `await using` ends it.
 */

export interface Fault extends AsyncDisposable {
  /** Ends it before its scope does. Resolves once everything is as it was; done again, it changes nothing. */
  end(): Promise<void>;
}

/** `end` is called once. */
export function faultUntil(end: () => Promise<void>): Fault {
  let ended: Promise<void> | undefined;
  const once = () => {
    ended ??= end();
    return ended;
  };
  return { end: once, [Symbol.asyncDispose]: once };
}
