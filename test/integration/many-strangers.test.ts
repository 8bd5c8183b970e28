/**
 * Strangers who keep every connection of a site open.
 */
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";

import { expect } from "vitest";

import { siteCode } from "../../domain/identifiers.ts";
import { standardServerLimits } from "../../site-image/http/site-server.ts";
import { PackageAdministrator } from "../support/package-administrator.ts";
import { type SiteOfTest, SiteProcesses } from "../support/site-processes.ts";
import { test } from "../support/temporary-folder.ts";

const [cen, chi] = [siteCode.parse("CEN"), siteCode.parse("CHI")];
const sites: readonly SiteOfTest[] = [
  { code: cen, type: "primary", parent: null, distributionPoints: ["HQDP"] },
  { code: chi, type: "secondary", parent: cen, distributionPoints: ["CHIDP"] },
];

/** A connection on which a request has begun and does not end. */
async function stranger(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {}); // it may be ended
  await once(socket, "connect");
  socket.write("GET /health HTTP/1.1\r\nHost: chi\r\n");
  return socket;
}

test("strangers who hold all connections of a site keep out neither its administrator nor its neighbour", async ({
  folder,
  signal,
  onTestFinished,
}) => {
  await using processes = await SiteProcesses.make(folder, sites, 600, signal);
  for (const site of processes.all) await site.start();
  const chicago = processes.all.find(({ code }) => code === chi);
  const port = Number(new URL(chicago?.client.url ?? "").port);
  const strangers: Socket[] = [];
  onTestFinished(() => {
    for (const one of strangers) one.destroy();
  });
  while (strangers.length < standardServerLimits.connections) strangers.push(await stranger(port));

  await processes.attach(sites);
  const source = join(folder, "source");
  await mkdir(source);
  await writeFile(join(source, "setup.sh"), "echo set up");
  const administrator = new PackageAdministrator(processes.central, processes.signal);
  const from = { PkgSourceFlag: 2, PkgSourcePath: source };
  const id = await administrator.make("For Chicago", from, [["CHI", "CHIDP"]]);
  const copy = join(folder, "CHI/SiteSystems/CHIDP/SMSPKGC$", id, "setup.sh");
  await expect.poll(() => readFile(copy, "utf8").catch(String), { timeout: 30_000 }).toBe("echo set up");
});
