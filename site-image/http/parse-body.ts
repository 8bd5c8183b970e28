/**
 * A request's body, or one refusal that names every mistake in it.
 */
import type { z } from "zod";

import { Refusal } from "./refusal.ts";

export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({
    target: issue.path.join(".") || "body",
    message: issue.message,
  }));
  throw new Refusal(
    "INVALID",
    details.map(({ target, message }) => `${target}: ${message}`).join("; "),
    details,
  );
}
