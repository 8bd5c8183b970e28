/**
 * What is in the files that a topology file names as certificates: a site would only find it out when it starts. A key
 * that others may read is refused, as ssh does; where sites run elsewhere, only the authorities have to be here.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import { systemCodeOf } from "../failure.ts";
import { draftOf, writtenAt } from "./draft.ts";
import { type Mistake, pathWords, shown } from "./mistakes.ts";
import type { TlsWords } from "./tls-words.ts";

/** No certificates of a site are as long. A bundle of all public authorities has 200 KB. */
const maxBytes = 1024 * 1024;

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

type Options = { readonly areSitesElsewhere?: boolean | undefined };

/** Told for each file, where it is written. */
export async function tlsFileMistakes(file: string, raw: unknown, options: Options): Promise<Mistake[]> {
  const draft = draftOf(raw);
  const told = new Map<string, Mistake>();
  for (const [code, { tls }] of Object.entries(draft.sites)) {
    for (const [key, message] of tls ? await wrongIn(dirname(file), tls, options) : []) {
      const path = writtenAt(draft, ["sites", code, "tls", key]);
      told.set(`${pathWords(path)} ${message}`, { path, isKey: false, message });
    }
  }
  return [...told.values()];
}

/** PEM texts hold one certificate or more; undefined where one of them is none. */
export function certificatesIn(text: string): X509Certificate[] | undefined {
  try {
    const found = (text.match(certificateBlock) ?? []).map((block) => new X509Certificate(block));
    return found.length > 0 ? found : undefined;
  } catch {
    return undefined;
  }
}

/** For each of the three that is wrong, why. */
async function wrongIn(
  folder: string,
  { certificate = "", key = "", authorities = "" }: TlsWords,
  { areSitesElsewhere = false }: Options,
): Promise<[keyof TlsWords, string][]> {
  const wrong: [keyof TlsWords, string][] = [];
  const look = async <Found>(
    at: keyof TlsWords,
    name: string,
    expected: string,
    parse: (text: string) => Found | string,
  ) => {
    if (name === "") return undefined; // that has a mistake of its own, or it is not wanted
    const text = await textIn(resolve(folder, name), at === "key");
    const found = typeof text === "string" ? parse(text) : text.why;
    if (typeof found !== "string") return found;
    wrong.push([at, `expected ${expected}, found ${shown(name)}${found}`]);
    return undefined;
  };
  const certificates = (text: string) => certificatesIn(text) ?? ", which is no certificate in PEM";
  await look("authorities", authorities, "a file with the authorities' certificates", certificates);
  if (areSitesElsewhere) return wrong;
  const own = await look("certificate", certificate, "a file with the site's certificate", certificates);
  await look("key", key, "a file with the key of the certificate", (text) => {
    const found = keyIn(text);
    if (typeof found === "string" || !own) return found;
    const fits = own[0]?.checkPrivateKey(found) ?? false;
    return fits ? found : `, which is not the key of ${shown(certificate)}`;
  });
  return wrong;
}

function keyIn(text: string): KeyObject | string {
  if (/ENCRYPTED/.test(text)) return ", which is encrypted, and a site cannot ask for its passphrase";
  try {
    return createPrivateKey(text);
  } catch {
    return ", which is no key in PEM";
  }
}

async function textIn(path: string, isSecret: boolean): Promise<string | { readonly why: string }> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return { why: `, and ${path} is no file` };
    if (found.size > maxBytes) return { why: `, which has ${found.size} bytes` };
    const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
    if (isSecret && process.platform !== "win32" && (found.mode & 0o077) !== 0)
      return { why: `, which others may read (mode ${mode}): chmod 600 ${path}` };
    return await readFile(path, "utf8");
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return { why: `, and there is no file ${path}` };
    return { why: `, and ${path} cannot be read (${code})` };
  }
}
