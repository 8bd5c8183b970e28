/**
 * Faults that a site can be told to have, beside those of its links and of its process: a share that is full, and a
 * package whose bytes are damaged on their way here.
 */
import { z } from "zod";

import { siteCode } from "./identifiers.ts";

export const siteFaults = z.strictObject({
  /** What the files of the SMS_SITE share may have together; null where the disk alone limits it. */
  quotaBytes: z.number().min(0).nullable(),
  /** The next bytes of a package from each of these sites come with one that is wrong. */
  corruptFrom: z.array(siteCode).readonly(),
});
export type SiteFaults = Readonly<z.infer<typeof siteFaults>>;

/** `PUT /site/faults/quota` */
export const shareQuota = siteFaults.pick({ quotaBytes: true });

/** `POST /site/faults/corrupt` */
export const corruption = z.strictObject({ from: siteCode });

/** The answer to `POST /site/faults/drop`: to which sites a RAS line was up. */
export const droppedLines = z.strictObject({ dropped: z.array(siteCode).readonly() });
