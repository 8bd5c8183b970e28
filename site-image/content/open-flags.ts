/**
 * How a file is opened to be read where somebody else may have put another thing in its place: a link is not followed,
 * and no pipe is waited for.
 */
import { constants } from "node:fs";

/** What Windows does not know is nothing there. */
export const asItIs = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
