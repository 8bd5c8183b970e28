/**
 * The names of things: site codes, package ids, servers, jobs and send requests.
 * Each is a branded string, so that what is behind an edge cannot be called with anything else.
 */
import { z } from "zod";

/** Names that no folder may have on the systems SMS 2003 ran on (domain.md section 7: AUX, CON, NUL, PRN). */
const reservedCodes = new Set(["AUX", "CON", "NUL", "PRN"]);

/** A site code: exactly three of A-Z and 0-9, not a reserved device name (domain.md section 7). */
export const siteCode = z
  .string()
  .regex(/^[A-Z0-9]{3}$/, "expected three characters of A-Z and 0-9")
  .refine(
    (code) => !reservedCodes.has(code),
    "expected a code that is not a device name (AUX, CON, NUL, PRN)",
  )
  .brand<"SiteCode">();
export type SiteCode = z.infer<typeof siteCode>;

/** A package id: the code of the site that made the package, then five hex digits (domain.md section 3). */
export const packageId = z
  .string()
  .regex(/^[A-Z0-9]{3}[0-9A-F]{5}$/, "expected a site code and five hex digits, like A0100003")
  .brand<"PackageId">();
export type PackageId = z.infer<typeof packageId>;

/** The last number a site can give to a package: five hex digits. */
export const lastPackageNumber = 0xfffff;

/** The id of the `number`-th package made at a site. `number` is 1 to 1048575; outside it throws a RangeError. */
export function packageIdOf(site: SiteCode, number: number): PackageId {
  if (!Number.isInteger(number) || number < 1 || number > lastPackageNumber) {
    throw new RangeError(`expected a package number from 1 to ${lastPackageNumber}, got ${number}`);
  }
  return packageId.parse(`${site}${number.toString(16).toUpperCase().padStart(5, "0")}`);
}

/** The site that made a package. */
export function siteOfPackage(id: PackageId): SiteCode {
  return siteCode.parse(id.slice(0, 3));
}

/** A server's name: at most 15 characters, no backslashes before it (domain.md section 2, site server name). */
export const serverName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,14}$/, "expected a server name of 1 to 15 letters, digits, - or _")
  .brand<"ServerName">();
export type ServerName = z.infer<typeof serverName>;

/** A job of the Scheduler: eight digits, counted per site (domain.md section 4, row 8). */
export const jobId = z
  .string()
  .regex(/^[0-9]{8}$/, "expected eight digits")
  .brand<"JobId">();
export type JobId = z.infer<typeof jobId>;

export function jobIdOf(number: number): JobId {
  return jobId.parse(String(number).padStart(8, "0"));
}

/**
 * A send request: the priority's digit, a base-36 counter padded with `_` to four characters, the code of the
 * sending site, like `1_027ST0` (domain.md section 4, "Send request id"). Past 36^4 requests it grows a character.
 */
export const requestId = z
  .string()
  .regex(/^[123][0-9A-Z_]{4,8}[A-Z0-9]{3}$/, "expected a send request id like 2__01CEN")
  .brand<"RequestId">();
export type RequestId = z.infer<typeof requestId>;

export function requestIdOf(priorityNumber: 1 | 2 | 3, counter: number, site: SiteCode): RequestId {
  return requestId.parse(`${priorityNumber}${counter.toString(36).toUpperCase().padStart(4, "_")}${site}`);
}
