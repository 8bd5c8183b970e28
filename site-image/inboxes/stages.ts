/**
 * The extensions of the files that components hand each other: an extension is the file's state, and a step from
 * one to the next is one rename in the same folder.
 */
export type Stage = {
  /** Whole, and waiting for its component. */
  readonly ready: string;
  /** Taken by its component. Found at start-up: the last run died here, so it is made ready again. */
  readonly claimed: string;
};

const claimed = ".WRK";

export const stages = {
  packageNotification: { ready: ".PKN", claimed },
  incomingDefinition: { ready: ".PKG", claimed },
  replication: { ready: ".RPT", claimed },
  minijob: { ready: ".JOB", claimed },
  /** The field's own pair: SRQ is not yet processed, SRS is processed and not completed (domain.md section 4). */
  sendRequest: { ready: ".SRQ", claimed: ".SRS" },
  /** The field's own pair: SNI is the committed instruction, IST the one being carried out. */
  instruction: { ready: ".SNI", claimed: ".IST" },
} as const satisfies Record<string, Stage>;

/** The parts of a request on the SMS_SITE share. A rename from `instruction` to `.SNI` commits it. */
export const shareParts = { package: ".PCK", instruction: ".TMP" } as const;

/** The Scheduler's files in `Tosend`: what is sent, and the instruction that goes after it. */
export const toSendParts = { package: ".P00", instruction: ".I00" } as const;
