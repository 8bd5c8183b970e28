/**
 * The certificates of a site as a topology file names them: PEM files, seen from where the topology file is. What is in
 * the files is looked at in tls-files.ts; a plan has their paths alone, so that no key is in what is shown or written of one.
 */
import { resolve } from "node:path";

import { z } from "zod";

import { filled } from "./site-codes.ts";

const file = z.string().min(1, "expected a file");

export const tlsWords = z
  .strictObject({
    certificate: file.optional().meta({
      description:
        "PEM: its certificate, then those between it and the authority. It must name every host at which the site is reached (docs/security.md). {site} and {number} are filled in.",
      examples: ["tls/{site}.pem"],
    }),
    key: file.optional().meta({
      description: "PEM: the key of the certificate, which its owner alone may read (mode 0600).",
      examples: ["tls/{site}.key"],
    }),
    authorities: file.optional().meta({
      description:
        "PEM: the certificates of the authorities that it believes of other sites, and the orchestrator of it. Without it, those that Node knows.",
      examples: ["tls/authority.pem"],
    }),
  })
  .meta({
    description: "Certificates: with them the sites speak HTTPS alone. For all sites, or for none.",
    examples: [{ certificate: "tls/{site}.pem", key: "tls/{site}.key", authorities: "tls/authority.pem" }],
  });
export type TlsWords = z.infer<typeof tlsWords>;

/** Absolute paths. */
export type TlsPlan = {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Undefined: the authorities that Node knows. */
  readonly authoritiesFile: string | undefined;
};

type Named = Parameters<typeof filled>[1];

/** `folder` is where the topology file is. Takes what the rules have passed. */
export function tlsOf(
  words: TlsWords | undefined,
  usual: TlsWords | undefined,
  named: Named,
  folder: string,
): TlsPlan | undefined {
  if (!words && !usual) return undefined;
  const { certificate, key, authorities } = filledTls({ ...usual, ...words }, named);
  if (certificate === undefined || key === undefined)
    throw new Error(`site ${named.code} lacks a certificate or its key, and the rules should have said so`);
  return {
    certificateFile: resolve(folder, certificate),
    keyFile: resolve(folder, key),
    authoritiesFile: authorities && resolve(folder, authorities),
  };
}

/** The same with the site's code and number in the places kept for them. */
export function filledTls(words: TlsWords, named: Named): TlsWords {
  return Object.fromEntries(
    Object.entries(words).map(([key, text]) => [key, text === undefined ? undefined : filled(text, named)]),
  );
}
