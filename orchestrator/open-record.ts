/**
 * The record of a hierarchy while it runs: its root claimed, what later commands need written down, and the claim let
 * go at the end. Where an engine knows all of that by labels, nothing is written.
 */
import type { SiteCode } from "../domain/identifiers.ts";
import { freshToken } from "./administrator-token.ts";
import { claimRoot } from "./claim-root.ts";
import type { DriverName } from "./drivers/driver.ts";
import { type HierarchyRecord, writeRecord } from "./hierarchy-record.ts";

export interface OpenRecord extends AsyncDisposable {
  readonly administratorToken: string;
  /** Where a site was in the last run on the same root. */
  lastUrlOf(code: SiteCode): string | undefined;
  keep(changed: Partial<Pick<HierarchyRecord, "clock" | "sites">>): Promise<void>;
}

type Options = {
  readonly topology: { readonly name: string };
  readonly driver: { readonly name: DriverName };
  readonly root: string;
  readonly isRootKept?: boolean;
  readonly administratorToken: string | undefined;
};

/** `<root>/hierarchy.json`. Rejects where the root cannot be written, or another process has it. */
export async function keptRecord(options: Options): Promise<OpenRecord> {
  const { topology, driver, root, isRootKept = true } = options;
  const last = await claimRoot(root);
  const administratorToken = options.administratorToken ?? last?.token ?? freshToken();
  let record: HierarchyRecord = {
    version: 1,
    name: topology.name,
    driver: driver.name,
    pid: process.pid,
    isKept: isRootKept,
    token: administratorToken,
    clock: last?.clock ?? null,
    sites: last?.sites ?? [],
  };
  const keep = async (changed: Partial<HierarchyRecord>) => {
    record = { ...record, ...changed };
    await writeRecord(root, record);
  };
  await keep({});
  return {
    administratorToken,
    lastUrlOf: (site) => last?.sites.find(({ code }) => code === site)?.url,
    keep,
    [Symbol.asyncDispose]: () => keep({ pid: null }).catch(() => {}), // the folder may be gone by then, and with it the claim
  };
}

export function unkeptRecord({ administratorToken = freshToken() }: Options): OpenRecord {
  return {
    administratorToken,
    lastUrlOf: () => undefined,
    keep: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
