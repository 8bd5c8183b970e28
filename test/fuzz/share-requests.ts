/**
 * Requests to the SMS_SITE share that have a defect whatever lies there, so that each must be refused.
 */
import { pieceType } from "../../site-image/http/tus-headers.ts";
import { basicHeader } from "../../site-image/security/secrets.ts";
import type { Random } from "../support/random.ts";
import { villain } from "./attacked-site.ts";
import { hostileWords } from "./json-defects.ts";

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Buffer;
};

const authorization = basicHeader(villain.account, villain.secret);
/** What every right request of the neighbour has. */
export const common = { "Tus-Resumable": "1.0.0", Authorization: authorization };

export const badRequests = {
  name: badName,
  length: badLength,
  metadata: badMetadata,
  header: badHeader,
  stranger,
  "unknown upload": unknownUpload,
  method: badMethod,
  move: badMove,
} as const satisfies Record<string, (random: Random) => Asked>;

function badName(random: Random): Asked {
  const filename = random.pick([
    "../2__01BAD.PCK",
    ...hostileWords.map((words) => words.slice(0, 3000)),
    "2__01BAD.SNI",
    "2__01CEN.PCK",
    "2__01BAD.PCK\u0000.txt",
    "/2__01BAD.PCK",
    "2__01bad.PCK",
    "2__01BAD.PCK ",
    "2..%2fBAD.PCK",
  ]);
  return create({ "Upload-Length": "10", "Upload-Metadata": `filename ${base64(filename)}` });
}

function badLength(random: Random): Asked {
  const length = random.pick(["-1", "1e9", "9".repeat(16), "0x10", "", "NaN", "1.5", "10, 10", "９"]);
  return create({
    "Upload-Length": Buffer.from(length).toString("latin1"),
    "Upload-Metadata": `filename ${base64("2__01BAD.PCK")}`,
  });
}

function badMetadata(random: Random): Asked {
  const name = `filename ${base64("2__01BAD.PCK")}`;
  const text = random.pick([
    "",
    "filename",
    `${name},${name}`,
    `${name},sha256 ${base64("no digest")}`,
    `${name} ${name}`,
    `filename !!!!`,
    `${name},,`,
    ",".repeat(3000),
    `sha256 ${base64("0".repeat(64))}`,
  ]);
  return create({ "Upload-Length": "10", "Upload-Metadata": text });
}

function badHeader(random: Random): Asked {
  const headers = random.pick<Record<string, string>>([
    { "Tus-Resumable": "0.2.2" },
    { "Tus-Resumable": "" },
    { "Upload-Checksum": "sha1 AAAA" },
    { "Upload-Checksum": `sha256 ${"A".repeat(5000)}` },
    { "Content-Type": "text/plain", "Content-Length": "3" },
  ]);
  const asked = create({
    "Upload-Length": "10",
    "Upload-Metadata": `filename ${base64("2__01BAD.PCK")}`,
    ...headers,
  });
  return "Content-Length" in headers ? { ...asked, body: Buffer.from("abc") } : asked;
}

function stranger(random: Random): Asked {
  const Authorization = random.pick([
    basicHeader("SMSServer_BAD", "wrong"),
    basicHeader("SMSServer_CHI", villain.secret),
    basicHeader("' OR '1'='1", "x"),
    basicHeader("a".repeat(4000), ""),
    "Basic !!!!",
    "Bearer a-token-for-tests-only",
    "",
  ]);
  return {
    ...create(
      { "Upload-Length": "10", "Upload-Metadata": `filename ${base64("2__01BAD.PCK")}` },
      Authorization,
    ),
  };
}

function unknownUpload(random: Random): Asked {
  const path = random.pick([
    "2ZZZZBAD.PCK",
    "2ZZZZCHI.PCK",
    "..%2f..%2fsite.key",
    "%00",
    "%ff",
    "%2e%2e",
    "a".repeat(4000),
  ]);
  const method = random.pick(["HEAD", "PATCH", "DELETE", "MOVE"]);
  const headers = {
    ...common,
    "Upload-Offset": "0",
    ...(method === "PATCH" && { "Content-Type": pieceType }),
  };
  return {
    method,
    path,
    headers,
    ...(method === "PATCH" && { body: random.bytes(random.between(1, 3000)) }),
  };
}

function badMethod(random: Random): Asked {
  const method = random.pick(["GET", "PUT", "COPY", "PROPFIND", "LOCK", "SEARCH", "TRACE"]);
  return { method, path: "2__01BAD.PCK", headers: common };
}

function badMove(random: Random): Asked {
  const Destination = random.pick([
    "",
    "/SMS_SITE/2ZZZZCHI.SNI",
    "/etc/passwd",
    "/SMS_SITE/../2ZZZZBAD.SNI",
    "http://[",
    "x".repeat(4000),
  ]);
  return { method: "MOVE", path: "2ZZZZBAD.TMP", headers: { ...common, Destination } };
}

function create(headers: Record<string, string>, Authorization = authorization): Asked {
  return { method: "POST", path: "", headers: { ...common, Authorization, ...headers } };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
