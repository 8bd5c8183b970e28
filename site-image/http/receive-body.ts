/**
 * Takes a request's body in batches: chunks are gathered while a batch is being written, so that the disk gets few
 * large writes and the network never waits for it. The request pauses when two batches wait; memory stays flat.
 * A trickle is written at least every `lingerMs`, so that a crash loses little of what a slow line brought. One that is
 * slower than any line is given up like silence.
 */
import type { IncomingMessage } from "node:http";

import type { Clock } from "../../domain/clock.ts";
import type { Pace } from "../senders/pace.ts";

/** Chunks of one write; the most that one system call takes. */
const batchChunks = 1024;
/** Real milliseconds, as all times here: they are about the machine, not about the emulated day. */
const lingerMs = 250;
/** The field's heartbeat (domain.md section 1): silent for longer, the other side is taken for gone. */
const heartbeatMs = 5 * 60_000;
/** What must come in that time: 7 bit/s, where the slowest pulse mode of the field comes to 270. */
const leastBytes = 256;

/** How a body ended: all of it came, the connection broke or fell silent, or more came than was announced. */
export type BodyEnd = "whole" | "broken" | "too long";

type Body = {
  readonly request: IncomingMessage;
  /** What may come at most. A chunk that goes past it is not written. */
  readonly limitBytes: number;
  readonly clock: Clock;
  /** How fast it may be read: what has come is taken in blocks as the pace lets it. Default: as it comes. */
  readonly pace?: Pace | undefined;
  /** What may be gathered before it is written. Asked again and again: it is less while many send. */
  batchBytes(): number;
  /** Called with the bytes of every chunk as it comes, and how long before it the disk held the reading up. */
  onRead?(bytes: number, heldMs: number): void;
  /** Called for one batch at a time, in order; its chunks are freed when it resolves. When it rejects, so does `receiveBody`. */
  write(chunks: readonly Buffer[]): Promise<void>;
};

/** Settles when the body has ended and every byte that came has been given to `write` and is written. */
export async function receiveBody({ write, ...body }: Body): Promise<BodyEnd> {
  const gathering = new Gathering(body);
  void gathering.giveUpTrickle();
  try {
    for (;;) {
      await gathering.batch();
      const chunks = gathering.take();
      if (chunks.length === 0) break; // only at the end
      await write(chunks);
      free(chunks);
      gathering.goOn();
    }
  } finally {
    gathering.stop();
  }
  return gathering.end ?? "broken";
}

/**
 * Gives the memory of chunks back at once. Left to the garbage collector, every 32 MiB of a body cost a collection of
 * the whole heap: 1.4 s of a receiver's 3.5 s of CPU for a GiB. Part of a larger buffer is not ours to free.
 */
function free(chunks: readonly Buffer[]): void {
  for (const { buffer, byteLength } of chunks) {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
  }
}

class Gathering {
  end: BodyEnd | undefined;
  readonly #request: IncomingMessage;
  readonly #clock: Clock;
  readonly #batchBytes: Body["batchBytes"];
  readonly #onRead: Body["onRead"];
  readonly #pace: Pace | undefined;
  /** Aborts when nothing of the body is wanted any more. */
  readonly #over = new AbortController();
  /** A chunk has come and is being taken at the pace; the request stands still meanwhile. */
  #isPacing = false;
  /** The last chunk has come. */
  #hasEnded = false;
  #left: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Since when two batches wait for the disk, in real time. */
  #fullMs: number | undefined;
  #heldMs = 0;
  #wake = Promise.withResolvers<void>();

  constructor({ request, limitBytes, clock, pace, batchBytes, onRead }: Omit<Body, "write">) {
    this.#request = request;
    this.#clock = clock;
    this.#pace = pace;
    this.#batchBytes = batchBytes;
    this.#onRead = onRead;
    this.#left = limitBytes;
    if (request.destroyed) this.end = "broken"; // stopped before its turn came
    request
      .on("data", this.#onData)
      .on("end", this.#onEnd)
      .on("close", this.#onClose)
      .on("error", this.#onClose);
  }

  /** Resolves when there is enough to write, or something for long enough, or the body has ended. */
  async batch(): Promise<void> {
    while (!this.#isFull() && !this.end) {
      const empty = this.#bytes === 0;
      this.#wake = Promise.withResolvers();
      const rest = new AbortController();
      const nap = this.#clock
        .sleepReal(empty ? heartbeatMs : lingerMs, rest.signal)
        .then(() => "late" as const);
      const late = (await Promise.race([this.#wake.promise, nap])) === "late";
      rest.abort("woken"); // without a reason it would make an error, stack and all
      if (!late) continue;
      if (empty) this.#request.destroy();
      return;
    }
  }

  /** Closes the connection when it brings less than `leastBytes` in a heartbeat. Ends when the body has. Never rejects. */
  async giveUpTrickle(): Promise<void> {
    const over = this.#over.signal;
    while (!over.aborted) {
      const left = this.#left;
      await this.#clock.sleepReal(heartbeatMs, over);
      const isHeldUp = this.#fullMs !== undefined; // by the disk, not by the other side
      if (!over.aborted && !isHeldUp && left - this.#left < leastBytes) this.#request.destroy();
    }
  }

  take(): Buffer[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    return chunks;
  }

  goOn(): void {
    if (this.#isPacing || this.#isFull(2) || this.end) return;
    if (this.#fullMs !== undefined) this.#heldMs = this.#clock.realNow() - this.#fullMs;
    this.#fullMs = undefined;
    if (this.#request.isPaused()) this.#request.resume();
  }

  stop(): void {
    this.#over.abort();
    const request = this.#request;
    request.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose);
    // The listener for errors stays: a connection may still break after its body has been taken.
  }

  #isFull(batches = 1): boolean {
    return this.#bytes >= batches * this.#batchBytes() || this.#chunks.length >= batches * batchChunks;
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.end) return;
    if (this.#pace) void this.#takePaced(chunk, this.#pace);
    else this.#take(chunk);
  };

  async #takePaced(chunk: Buffer, pace: Pace): Promise<void> {
    this.#isPacing = true;
    this.#request.pause();
    try {
      for (let at = 0; at < chunk.length && !this.end; ) {
        const bytes = await pace.take(chunk.length - at, this.#over.signal);
        this.#take(chunk.subarray(at, at + bytes));
        at += bytes;
      }
    } catch {
      return; // nothing of the body is wanted any more
    }
    this.#isPacing = false;
    if (this.#hasEnded) this.#finish("whole");
    else this.goOn();
  }

  #take(chunk: Buffer): void {
    if (this.end) return;
    this.#left -= chunk.length;
    if (this.#left < 0) {
      this.#finish("too long");
      return;
    }
    const first = this.#bytes === 0;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#onRead?.(chunk.length, this.#heldMs);
    this.#heldMs = 0;
    if (this.#isFull(2)) {
      this.#fullMs ??= this.#clock.realNow();
      this.#request.pause();
    }
    if (first || this.#isFull()) this.#wake.resolve();
  }

  /** Node tells the end right after the last chunk, also while that one is being taken. */
  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    if (!this.#isPacing) this.#finish("whole");
  };
  readonly #onClose = (): void => {
    if (!this.#hasEnded) this.#finish("broken");
  };

  #finish(end: BodyEnd): void {
    this.end ??= end;
    this.#over.abort();
    this.#wake.resolve();
  }
}
