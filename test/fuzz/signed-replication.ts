/**
 * Replication of an attached neighbour, sent as a sender does and under its own, right signature: so the share takes it.
 * What is in it has a defect, or is not the neighbour's to say, and is refused by whoever reads it.
 */
import { createHash } from "node:crypto";

import { Pool } from "undici";

import { jobIdOf, type RequestId, requestIdOf } from "../../domain/identifiers.ts";
import { pieceType, writeMetadata } from "../../site-image/http/tus-headers.ts";
import type { Random } from "../support/random.ts";
import { type AttackedSite, villain } from "./attacked-site.ts";
import type { Expected } from "./inbox-surface.ts";
import { jsonWithDefect } from "./json-defects.ts";
import { common } from "./share-requests.ts";

const status = {
  ...{ packageId: "CEN00001", server: "", state: "installed", sourceVersion: 1, redistribution: 0 },
  ...{ sequence: 1, changedMs: 1, reason: "" },
};
const site = { name: "A site", type: "primary", parent: null, distributionPoints: [] };

/** What a child says of others than itself. At another time than now it would be old news, which changes nothing. */
const notItsOwn = (atMs: number) =>
  [
    { kind: "packageStatus", rows: [{ ...status, site: "CEN" }] },
    { kind: "contentRequest", packageId: "CEN00001", sourceVersion: 1, site: "CHI" },
    { kind: "sites", sites: [{ ...site, code: "CEN" }], atMs },
    { kind: "sites", sites: [{ ...site, code: "BAD", parent: "CHI" }], atMs },
    { kind: "sitesRemoved", sites: ["CHI"], atMs },
    { kind: "sitesRemoved", sites: ["BAD"], atMs },
  ] as const;
/** Emulated: the clocks of sites agree, but not to the last millisecond. */
const aMomentMs = 60_000;

export class SignedReplication implements AsyncDisposable {
  readonly #site: AttackedSite;
  readonly #pool: Pool;
  #count = 0;

  constructor(site: AttackedSite) {
    this.#site = site;
    this.#pool = new Pool(site.url);
  }

  /** Sends one, and tells what must be in quarantine because of it. */
  async deliver(random: Random): Promise<Expected> {
    this.#count += 1;
    const request = requestIdOf(3, this.#count, villain.code);
    if (random.chance(0.5)) {
      const right = { version: 1, objects: [{ kind: "packageStatus", rows: [{ ...status, site: "BAD" }] }] };
      await this.#send(request, jsonWithDefect(right, random));
      const name = `${request}.SNI`;
      return {
        kind: "signed, with a defect",
        folder: "Despoolr.box/Receive",
        name,
        text: undefined,
        word: request,
      };
    }
    const object = random.pick<{ readonly kind: string }>(notItsOwn(this.#site.now() - aMomentMs));
    await this.#send(request, JSON.stringify({ version: 1, objects: [object] }));
    const name = `${request}-0000`;
    return {
      ...{ kind: `signed, not its own ${object.kind}`, folder: "Replmgr.box/Incoming", name: `${name}.RPT` },
      ...{ text: undefined, word: name },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool.close();
  }

  async #send(request: RequestId, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const body = JSON.stringify({
      ...{ request, job: jobIdOf(this.#count), source: villain.code, destination: "CEN", finalSite: "CEN" },
      ...{
        priority: "low",
        preferredSender: "*",
        bytes: bytes.length,
        sha256,
        work: { kind: "replication" },
      },
    });
    await this.#put(`${request}.PCK`, bytes);
    const signed = { version: 1, body, signature: this.#site.key.sign(body) };
    await this.#put(`${request}.TMP`, Buffer.from(JSON.stringify(signed)));
    await this.#ask("MOVE", `${request}.TMP`, { Destination: `/SMS_SITE/${request}.SNI` });
  }

  async #put(filename: string, bytes: Buffer): Promise<void> {
    await this.#ask("POST", "", {
      "Upload-Length": String(bytes.length),
      "Upload-Metadata": writeMetadata({ filename, sha256: "" }),
    });
    if (bytes.length > 0)
      await this.#ask("PATCH", filename, { "Content-Type": pieceType, "Upload-Offset": "0" }, bytes);
  }

  async #ask(method: string, path: string, headers: Record<string, string>, body?: Buffer): Promise<void> {
    const answer = await this.#pool.request({
      method: method as "GET",
      path: `/SMS_SITE/${path}`,
      headers: { ...common, ...headers },
      body: body ?? null,
    });
    const words = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${words}`);
  }
}
