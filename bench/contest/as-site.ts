/**
 * Node as a site is run (orchestrator/drivers/processes.ts).
 */
export const asSite = ["--max-semi-space-size=8", "--max-old-space-size=192", "--v8-pool-size=1"];
