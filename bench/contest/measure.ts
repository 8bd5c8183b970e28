/**
 * What is measured: contenders that do the same work, run one after the other, round after round, so that a machine
 * that grows slow is slow for all of them. What counts is the ratio of their medians.
 */
export type Contender = {
  readonly name: string;
  /** Undefined where it can run, else why it is left out. */
  absent?(): string | undefined;
  /** Does the work once in an empty folder, and resolves with what was measured, in the measure's unit. */
  run(folder: string): Promise<number>;
};

export type Measure = {
  /** As on the command line. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly isMoreBetter: boolean;
  /** Ours first; then the one it is held against, then others to compare with and limits. */
  readonly contenders: readonly Contender[];
  /** Of our median: a share of the second contender's, or a number in the measure's unit. */
  readonly bar: { readonly ratio: number } | { readonly value: number };
  /** Received into memory: where nobody has to flush, the disk must not decide. Default: onto the disk. */
  readonly inMemory?: boolean;
  /** Only once, where a round takes minutes or what it measures does not vary. */
  readonly once?: boolean;
};

/** What a measure is told. */
export type Scale = { readonly isQuick: boolean };
