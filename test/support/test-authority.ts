/**
 * A certificate authority of a test's own, and certificates of it with their keys, all PEM.
 */
import { randomBytes, webcrypto } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";

import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const validity = { notBefore: new Date("2020-01-01"), notAfter: new Date("2099-01-01") };
const provider = webcrypto as Crypto;

type KeyPair = Awaited<ReturnType<typeof freshKeys>>;

export class TestAuthority {
  readonly certificate: string;
  readonly #own: x509.X509Certificate;
  readonly #keys: KeyPair;

  private constructor(own: x509.X509Certificate, keys: KeyPair) {
    this.certificate = own.toString("pem");
    this.#own = own;
    this.#keys = keys;
  }

  static async make(): Promise<TestAuthority> {
    const keys = await freshKeys();
    const own = await x509.X509CertificateGenerator.createSelfSigned(
      {
        ...{ ...validity, signingAlgorithm: algorithm, serialNumber: serialNumber(), keys },
        name: `CN=${randomBytes(4).toString("hex")}`,
        extensions: [new x509.BasicConstraintsExtension(true)],
      },
      provider,
    );
    return new TestAuthority(own, keys);
  }

  /** A certificate for hosts, each a name or an IP address. */
  async certify(...hosts: readonly string[]): Promise<{ certificate: string; key: string }> {
    const keys = await freshKeys();
    const names = hosts.map((value) => ({ type: isIP(value) ? ("ip" as const) : ("dns" as const), value }));
    const certificate = await x509.X509CertificateGenerator.create(
      {
        ...{ ...validity, signingAlgorithm: algorithm, serialNumber: serialNumber() },
        ...{ subject: "CN=a site", issuer: this.#own.subject },
        ...{ publicKey: keys.publicKey, signingKey: this.#keys.privateKey },
        extensions: [new x509.SubjectAlternativeNameExtension(names)],
      },
      provider,
    );
    const key = await provider.subtle.exportKey("pkcs8", keys.privateKey);
    return {
      certificate: certificate.toString("pem"),
      key: x509.PemConverter.encode(key, "PRIVATE KEY"),
    };
  }

  /** Writes `tls/authority.pem` and, for each site, `tls/<site>.pem` and `tls/<site>.key` into a folder. */
  async writeFor(folder: string, sites: readonly string[], ...hosts: readonly string[]): Promise<void> {
    const at = join(folder, "tls");
    await mkdir(at, { recursive: true });
    await writeFile(join(at, "authority.pem"), this.certificate);
    for (const site of sites) {
      const { certificate, key } = await this.certify(...hosts, site.toLowerCase());
      await writeFile(join(at, `${site}.pem`), certificate);
      await writeFile(join(at, `${site}.key`), key, { mode: 0o600 });
    }
  }
}

/** As a topology says it of the files that `writeFor` writes. */
export const testTls =
  'tls: { certificate: "tls/{site}.pem", key: "tls/{site}.key", authorities: tls/authority.pem }';

function freshKeys() {
  return provider.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** A positive number: one that begins with a high bit would be none. */
function serialNumber(): string {
  return `01${randomBytes(8).toString("hex")}`;
}
