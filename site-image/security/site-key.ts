/**
 * The site's Ed25519 key pair: made once, kept in `site.key` (PKCS #8, mode 0600), never sent anywhere.
 * What it signs are instructions; the public half goes to the neighbours when the site is attached.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { linkSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";

import { isMissing } from "../inboxes/whole-file.ts";
import { keepPrivateFile } from "./private-files.ts";

export class SiteKey {
  readonly #privateKey: KeyObject;
  /** SPKI in DER, base64. */
  readonly publicKey: string;

  constructor(privateKey: KeyObject) {
    this.#privateKey = privateKey;
    this.publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" }).toString("base64");
  }

  /** Reads the key from `file`, or makes it there. Throws when the file cannot be read or is not a key. */
  static open(file: string): SiteKey {
    const temporary = `${file}.tmp`;
    rmSync(temporary, { force: true }); // a run that died while it made the key left it: a copy of the key, or half of one
    try {
      const key = new SiteKey(createPrivateKey(readFileSync(file)));
      keepPrivateFile(file);
      return key;
    } catch (error) {
      if (!isMissing(error)) throw new Error(`cannot read the site's key ${file}`, { cause: error });
    }
    const { privateKey } = generateKeyPairSync("ed25519");
    writeFileSync(temporary, privateKey.export({ type: "pkcs8", format: "pem" }), {
      mode: 0o600,
      flush: true,
    });
    linkSync(temporary, file); // fails rather than replaces a key
    unlinkSync(temporary);
    return new SiteKey(privateKey);
  }

  /** The signature over `text`, base64. */
  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#privateKey).toString("base64");
  }
}

/** True if `signature` (base64) is that of `publicKey` (SPKI, base64) over `text`. Never throws. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), type: "spki", format: "der" });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, "base64"));
  } catch {
    return false; // what is not a key has signed nothing
  }
}

/** Tells a signed text from every other, and from the same text signed by another key. */
export function digestOfSigned(text: string, signature: string): string {
  return createHash("sha256")
    .update(JSON.stringify([text, signature]))
    .digest("hex");
}
