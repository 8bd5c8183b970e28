/**
 * Sending priority: High 1, Medium 2 (the default), Low 3; ties go in creation order (domain.md section 3).
 */
import { z } from "zod";

export const priority = z.enum(["high", "medium", "low"]);
export type Priority = z.infer<typeof priority>;

/** From the most to the least urgent. */
export const priorities = priority.options;

export const priorityNumber = { high: 1, medium: 2, low: 3 } as const satisfies Record<Priority, 1 | 2 | 3>;

/** The name of a priority's folder under `Replmgr.box/Outbound`. */
export const priorityFolder = { high: "High", medium: "Normal", low: "Low" } as const satisfies Record<
  Priority,
  string
>;
