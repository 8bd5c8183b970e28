/**
 * Sends what it is told with the transfer of a site's senders, each file with a signed instruction and the commit.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { jobIdOf, packageIdOf, requestIdOf, siteCode } from "../../domain/identifiers.ts";
import type { InstructionBody } from "../../site-image/inboxes/documents.ts";
import { SiteKey } from "../../site-image/security/site-key.ts";
import { SiteConnections } from "../../site-image/senders/site-connections.ts";
import { transferOver } from "../../site-image/senders/transfer.ts";
import type { ToSend } from "./receiving-site.ts";

const { share, keyFile, folder } = JSON.parse(process.argv[2] ?? "");
const [source, destination] = [siteCode.parse("CEN"), siteCode.parse("CHI")];
const key = SiteKey.open(keyFile);
const transfer = transferOver(new SiteConnections());
const hooks = { connected() {}, started() {}, progress() {} };
let sent = 0;

process.on("message", async (files: readonly ToSend[]) => {
  const jobs = files.map(({ path, bytes, sha256 }) => {
    const number = ++sent;
    const request = requestIdOf(2, number, source);
    const body: InstructionBody = {
      request,
      job: jobIdOf(number),
      source,
      destination,
      finalSite: destination,
      priority: "medium",
      preferredSender: "*",
      bytes,
      sha256,
      work: {
        kind: "package",
        packageId: packageIdOf(source, number),
        content: { sourceVersion: 1, bytes, sha256, sourceBytes: bytes, files: 1 },
      },
    };
    const text = JSON.stringify(body);
    const instruction = join(folder, `${request}.I00`);
    writeFileSync(instruction, JSON.stringify({ version: 1, body: text, signature: key.sign(text) }));
    const packageFile = { path, bytes, sha256 };
    return { site: destination, target: share, request, packageFile, instructionFile: { path: instruction } };
  });
  const from = performance.now();
  await Promise.all(jobs.map((job) => transfer(job, hooks, new AbortController().signal)));
  process.send?.((performance.now() - from) / 1000);
});
process.send?.("ready");
