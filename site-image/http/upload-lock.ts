/**
 * One request at a time for each upload, and the newest has its way: a request for an upload that another holds makes
 * that one stop, and waits until it has let go. So a connection that is half dead never blocks a resume.
 */
import type { Clock } from "../../domain/clock.ts";
import { Refusal } from "./refusal.ts";

/** How long the holder may take to put down what it has in hand, in real milliseconds. */
const letGoWithinMs = 10_000;

type Claim = { stop(): void; readonly granted: PromiseWithResolvers<void> };

export class UploadLocks {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** For each name, who holds it, then who waits. */
  readonly #claims = new Map<string, Claim[]>();

  /** When `signal` aborts, every holder is stopped. */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#stopAll(), { once: true });
  }

  /**
   * Resolves once the upload is this caller's, until it disposes of the result. `stop` is called when a newer request
   * wants it. Refuses with LOCKED when the holder does not let go in time.
   */
  async take(name: string, stop: () => void): Promise<Disposable> {
    const claim: Claim = { stop, granted: Promise.withResolvers() };
    const claims = this.#claims.get(name) ?? [];
    this.#claims.set(name, claims);
    for (const older of claims) older.stop();
    claims.push(claim);
    if (claims[0] !== claim) await this.#turn(claim);
    if (claims[0] !== claim) {
      claims.splice(claims.indexOf(claim), 1);
      throw new Refusal("LOCKED", name);
    }
    return { [Symbol.dispose]: () => this.#release(name, claims) };
  }

  /** Takes an upload that nobody has; undefined, and nobody stopped, where somebody has. */
  takeIfFree(name: string): Disposable | undefined {
    if (this.#claims.has(name)) return undefined;
    const claims = [{ stop: () => {}, granted: Promise.withResolvers<void>() }];
    this.#claims.set(name, claims);
    return { [Symbol.dispose]: () => this.#release(name, claims) };
  }

  async #turn(claim: Claim): Promise<void> {
    const rest = new AbortController();
    const patience = this.#clock.sleepReal(letGoWithinMs, AbortSignal.any([this.#signal, rest.signal]));
    await Promise.race([claim.granted.promise, patience]);
    rest.abort();
  }

  #release(name: string, claims: Claim[]): void {
    claims.shift(); // the holder is the first
    const next = claims[0];
    if (next) next.granted.resolve();
    else this.#claims.delete(name);
  }

  #stopAll(): void {
    for (const claims of this.#claims.values()) for (const claim of claims) claim.stop();
  }
}
