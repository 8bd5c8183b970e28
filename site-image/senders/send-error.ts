/**
 * Why a transfer failed, and whether it is worth another try: who knows why it failed says it here.
 */
import type { RefusalCode } from "../http/refusal.ts";

type Options = {
  readonly retryable: boolean;
  readonly code?: RefusalCode | undefined;
  readonly comeAgainAfterMs?: number | undefined;
  readonly cause?: unknown;
};

export class SendError extends Error {
  override readonly name = "SendError";
  readonly retryable: boolean;
  /** Set where the target's share refused. */
  readonly code: RefusalCode | undefined;
  /** Real milliseconds: the target is there and only busy, and said when to come again. */
  readonly comeAgainAfterMs: number | undefined;

  constructor(message: string, { retryable, code, comeAgainAfterMs, cause }: Options) {
    super(message, cause === undefined ? undefined : { cause });
    this.retryable = retryable;
    this.code = code;
    this.comeAgainAfterMs = comeAgainAfterMs;
  }
}
