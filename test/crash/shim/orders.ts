/**
 * What the matrix and the shim in a site's process say to each other over the process's channel.
 */
import { z } from "zod";

/**
 * How a site ends at an operation. `before` and `after`: killed, and all that was done is there. `torn` and `missing`:
 * the power goes in the operation, and of what was written and not flushed half is there, or nothing; with `missing`
 * the names that were made, changed and removed since their folder was flushed are as before, too.
 */
export const crashMode = z.enum(["before", "after", "torn", "missing"]);
export type CrashMode = z.infer<typeof crashMode>;

/** How a disk fails at an operation, and at all that follow until it is told that it works again. */
export const faultCode = z.enum(["ENOSPC", "EIO", "EMFILE", "EROFS"]);
export type FaultCode = z.infer<typeof faultCode>;

/** How the disk of a trial fails: as above, or `once`, when the operation alone fails, with EIO. */
export const faultMode = z.enum([...faultCode.options, "once"]);

export const trialMode = z.union([crashMode, faultMode]);
export type TrialMode = z.infer<typeof trialMode>;

export const target = z.strictObject({
  /** As the shim names it, like `refresh: rename SMS/Inboxes/Distmgr.box/<package>.PKN #2`. */
  operation: z.string(),
  mode: trialMode,
});
export type Target = z.infer<typeof target>;

/** What the administrator wants of the package meanwhile; operations are counted anew in each. */
export const phase = z.enum(["add", "refresh", "remove"]);
export type Phase = z.infer<typeof phase>;

/**
 * `count` starts the count anew, in the first phase, forgets the targets before and tells which of them were met; `begin`
 * is the next phase; `tell` has the names of all since the count began told; `fail` has the disk fail from now on. After
 * a fault no further target is met until `go on`.
 */
export const order = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("count"), targets: z.array(target) }),
  z.strictObject({ do: z.literal("begin"), phase }),
  z.strictObject({ do: z.literal("tell") }),
  z.strictObject({ do: z.literal("fail"), code: faultCode }),
  z.strictObject({ do: z.literal("end the fault") }),
  z.strictObject({ do: z.literal("go on") }),
]);
export type Order = z.infer<typeof order>;

/** An operation that a site came to. */
export const operation = z.strictObject({
  name: z.string(),
  kind: z.string(),
  nature: z.enum(["needs room", "flushes", "changes"]),
  /**
   * Nothing was under way when it began, and the site had told nobody anything since the operation before had ended: to
   * end before this one is to end after that one.
   */
  isNext: z.boolean(),
});
export type NamedOperation = z.infer<typeof operation>;

export const report = z.discriminatedUnion("said", [
  z.strictObject({ said: z.literal("counting"), met: z.array(target) }),
  z.strictObject({ said: z.literal("begun") }),
  z.strictObject({ said: z.literal("operations"), all: z.array(operation) }),
  z.strictObject({ said: z.literal("the disk fails"), operation: z.string() }),
]);
export type Report = z.infer<typeof report>;

/** What a process that ends at a target leaves to the next one of its site, which counts on from there. */
export const legacy = z.strictObject({
  phase,
  counts: z.record(z.string(), z.number()),
  targets: z.array(target),
  met: z.array(target),
});
export type Legacy = z.infer<typeof legacy>;
