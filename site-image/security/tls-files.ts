/**
 * TLS of a site, where it is given certificates: one with its key for its own faces, and the authority whose
 * certificates it believes of other sites. All three are PEM files.
 */
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { errorText } from "../reporter.ts";

/** PEM texts. */
export type SiteTls = {
  readonly certificate: string;
  readonly key: string;
  /** Undefined: the authorities that Node knows. */
  readonly authority: string | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined where none is given. Throws when one of the two is missing, cannot be read, or they do not fit. */
export function tlsFrom(environment: Environment): SiteTls | undefined {
  const { SPOOLNET_TLS_CERTIFICATE_FILE, SPOOLNET_TLS_KEY_FILE, SPOOLNET_TLS_CA_FILE } = environment;
  if (!SPOOLNET_TLS_CERTIFICATE_FILE && !SPOOLNET_TLS_KEY_FILE && !SPOOLNET_TLS_CA_FILE) return undefined;
  if (!SPOOLNET_TLS_CERTIFICATE_FILE || !SPOOLNET_TLS_KEY_FILE) {
    throw new Error(
      "TLS wants SPOOLNET_TLS_CERTIFICATE_FILE and SPOOLNET_TLS_KEY_FILE, and SPOOLNET_TLS_CA_FILE where an authority of your own made the certificates",
    );
  }
  const certificate = pemIn(SPOOLNET_TLS_CERTIFICATE_FILE, "certificate");
  const key = pemIn(SPOOLNET_TLS_KEY_FILE, "key of the certificate");
  const authority = SPOOLNET_TLS_CA_FILE && pemIn(SPOOLNET_TLS_CA_FILE, "certificate of the authority");
  try {
    createSecureContext({ cert: certificate, key, ca: authority || undefined });
  } catch (cause) {
    const files = [SPOOLNET_TLS_CERTIFICATE_FILE, SPOOLNET_TLS_KEY_FILE, SPOOLNET_TLS_CA_FILE ?? []].flat();
    throw new Error(`${files.join(", ")} are not PEM files that fit together: ${errorText(cause)}`, {
      cause,
    });
  }
  return { certificate, key, authority: authority || undefined };
}

function pemIn(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Error(`cannot read the ${what} from ${file}`, { cause });
  }
}
