/**
 * A site that sends to another over an address, as tests of send requests have it, and what an administrator does to one.
 */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { PackageId } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import type { SendRequestStatus } from "../../domain/send-request.ts";
import type { Point, TestHierarchy } from "./test-hierarchy.ts";

export const newYork = (time: string) => Date.parse(`2003-11-${time}-05:00`);

/** Friday 17:30 in New York. */
export const topology = (address: string, scale: number) => `
name: requests
clock: { start: "2003-11-07T17:30:00-05:00", scale: ${scale} }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/New_York, distributionPoints: [CHIDP] }
addresses:
  - { from: CEN, to: CHI, ${address} }
`;
/** A sending of 4 MB that would take an hour and more, a minute and more of it real. */
export const slow = topology("rate: 8 kbit/s", 60);
export const closed = topology("schedule: { Mon-Fri 08-20: closed }", 60);
export const chicago: readonly Point[] = [["CHI", "CHIDP"]];

export async function bigSource(folder: string): Promise<string> {
  const source = join(folder, "big");
  await mkdir(source);
  await writeFile(join(source, "content.bin"), randomBytes(4_000_000));
  return source;
}

export const isUnderWay = ({ action, bytes = 0, offset = 0 }: JournalEvent) =>
  action === "progress" && bytes > 50_000 && offset > 0;

/** The request that carries content of a package, once there is one. */
export async function contentRequest(
  hierarchy: TestHierarchy,
  id: PackageId,
  version = 1,
): Promise<SendRequestStatus> {
  let found: SendRequestStatus | undefined;
  await hierarchy.until("CEN", async () => {
    const requests = await hierarchy.site("CEN").sendRequests();
    found = requests.find(({ packages, sourceVersion }) => sourceVersion === version && packages[0] === id);
    return found !== undefined;
  });
  if (!found) throw new Error(`no request for package ${id}`);
  return found;
}

export async function act(hierarchy: TestHierarchy, action: string, request: string): Promise<number> {
  const path = `wmi/SMS_SendRequest('${request}')/AdminService.${action}`;
  return (await hierarchy.ask("CEN", "POST", path)).status;
}
