/**
 * Secrets that are shown: an administrator's token, an address's account and secret. Compared in constant time, by
 * their SHA-256, so that neither their length nor their first wrong byte can be told from the answer's time.
 */
import { createHash, timingSafeEqual } from "node:crypto";

export function sha256Of(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** True if `secret` is the one whose SHA-256 (hex) is `sha256`. */
export function isSecret(secret: string, sha256: string): boolean {
  return timingSafeEqual(Buffer.from(sha256Of(secret), "hex"), Buffer.from(sha256, "hex"));
}

/** Account and secret from an `Authorization: Basic` header (RFC 7617). Undefined where it is not one. */
export function basicCredentials(
  header: string | undefined,
): { account: string; secret: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(header ?? "")?.[1];
  if (!encoded) return undefined;
  const decoded = Buffer.from(encoded, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  return colon < 0 ? undefined : { account: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}

export function basicHeader(account: string, secret: string): string {
  return `Basic ${Buffer.from(`${account}:${secret}`).toString("base64")}`;
}

/** The token from an `Authorization: Bearer` header (RFC 6750). */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer (\S+)$/i.exec(header ?? "")?.[1];
}
