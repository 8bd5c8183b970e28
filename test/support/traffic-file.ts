/**
 * The traffic of a site that is a process of its own: its recorder (site-preload.ts) adds a line for each record to a
 * file beside the site's folder, which a test may remove.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

import type { SiteCode } from "../../domain/identifiers.ts";
import { type Traffic, trafficRecord } from "./traffic.ts";
import { sendingsOf } from "./traffic-recorder.ts";

export function trafficFileOf(root: string): string {
  return `${root}.traffic.jsonl`;
}

/** What the recorders of sites have seen so far. */
export async function trafficOf(
  sites: readonly { readonly code: SiteCode; readonly root: string }[],
): Promise<Traffic> {
  const records = sites.map(async ({ code, root }) => {
    const file = trafficFileOf(root);
    const lines = existsSync(file) ? (await readFile(file, "utf8")).split("\n").slice(0, -1) : [];
    return lines
      .map((line) => trafficRecord.parse(JSON.parse(line)))
      .map((record) => (record.kind === "standstill" ? { ...record, site: code } : record)); // of its own process
  });
  const sendings = sites.map(({ root }) => sendingsOf(root));
  return { records: (await Promise.all(records)).flat(), sendings: (await Promise.all(sendings)).flat() };
}
