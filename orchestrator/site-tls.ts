/**
 * The certificates of a site for who starts it and asks it. Texts are read when a site is started and handed on at
 * once; a plan has paths alone (topology/tls-words.ts).
 */
import { readFile } from "node:fs/promises";

import { Failure } from "./failure.ts";
import type { SitePlan } from "./topology/plan.ts";
import { certificatesIn } from "./topology/tls-files.ts";

/** PEM texts, as a site takes them. */
export type SiteTlsTexts = {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string | undefined;
};

type Tls = Pick<SitePlan, "code" | "tls">;

export function schemeOf({ tls }: Tls): "http" | "https" {
  return tls ? "https" : "http";
}

/** Undefined where the site speaks HTTP. */
export async function tlsTexts({ code, tls }: Tls): Promise<SiteTlsTexts | undefined> {
  if (!tls) return undefined;
  const [certificate, key, authority] = await Promise.all([
    textIn(code, tls.certificateFile),
    textIn(code, tls.keyFile),
    tls.authoritiesFile === undefined ? undefined : textIn(code, tls.authoritiesFile),
  ]);
  return { certificate, key, authority };
}

/** What is believed of a site: PEM, or undefined for the authorities that Node knows. */
export async function authoritiesOf({ code, tls }: Tls): Promise<string | undefined> {
  return tls?.authoritiesFile === undefined ? undefined : await textIn(code, tls.authoritiesFile);
}

/** The environment that tells a site where its files are. All three are there: what is empty is not given. */
export function tlsEnvironment(files: { certificate: string; key: string; authorities: string } | undefined) {
  return {
    SPOOLNET_TLS_CERTIFICATE_FILE: files?.certificate ?? "",
    SPOOLNET_TLS_KEY_FILE: files?.key ?? "",
    SPOOLNET_TLS_CA_FILE: files?.authorities ?? "",
  };
}

/**
 * Throws a Failure that names every site whose certificate does not name where it is reached: else nobody would believe
 * it, and each for itself would say so.
 */
export async function checkCertificateNames(
  sites: readonly Tls[],
  hostsOf: (code: SitePlan["code"]) => readonly string[],
): Promise<void> {
  const wrong = await Promise.all(
    sites.map(async ({ code, tls }) => {
      if (!tls) return [];
      const [own] = certificatesIn(await textIn(code, tls.certificateFile)) ?? [];
      const unnamed = hostsOf(code).filter((host) => !(own?.checkHost(host) ?? own?.checkIP(host)));
      if (unnamed.length === 0) return [];
      const names = own?.subjectAltName ?? "no host";
      return [
        `site ${code}: expected a certificate for ${unnamed.join(" and ")}, found one for ${names} in ${tls.certificateFile}`,
      ];
    }),
  );
  const words = wrong.flat();
  if (words.length > 0) throw new Failure("usage", words.join("\n"));
}

async function textIn(code: SitePlan["code"], file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new Failure("environment", `cannot read ${file}, which is of the certificates of site ${code}`, {
      cause,
    });
  }
}
