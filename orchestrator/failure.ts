/**
 * A failure with words for the user, and the exit code that says whose it is. Everything else that is thrown is
 * a bug of ours, and is shown as one.
 */

/** What the command's exit code means. */
export const exitCodes = {
  /** Everything expected held, or the user stopped a hierarchy that was only being kept up. */
  held: 0,
  expectationFailed: 1,
  /** A wrong flag, a mistake in a file, a request that a site refused. */
  usage: 2,
  /** The machine: a folder that cannot be written, a port in use, a site that does not answer. */
  environment: 3,
  /** Stopped by the user before the expectations were decided. */
  stopped: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export class Failure extends Error {
  readonly kind: "usage" | "environment";

  constructor(kind: Failure["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Failure";
    this.kind = kind;
  }
}

/** The message of anything thrown, with those of its causes, each said once. */
export function wordsOf(error: unknown): string {
  const words: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    const own = at instanceof AggregateError ? at.errors.map(wordsOf).join("; ") : at.message;
    if (own && !words.some((said) => said.includes(own))) words.push(own);
  }
  return words.join(": ") || String(error);
}

/** The system's name for what went wrong, like ENOENT, wherever in the chain of causes it is. */
export function systemCodeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return undefined;
}
