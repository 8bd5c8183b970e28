/**
 * One package of many small files, and the second version of a package of which little has changed: from the request
 * to the Provider to the child's distribution point, beside the same by hand.
 */
import { randomFillSync } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { TransferLog } from "../../orchestrator/load/transfer-log.ts";
import { type StartOptions, startHierarchy } from "../../orchestrator/testing/start.ts";
import { makeFolder } from "../contest/content.ts";
import type { Measure, Scale } from "../contest/measure.ts";
import { missing, nginx, seconds, shell } from "../contest/programs.ts";

const topology: StartOptions["topology"] = {
  name: "bench",
  clock: { start: "2003-11-07T17:30:00Z", scale: 1 },
  sites: {
    CEN: { type: "primary" },
    CHI: { type: "secondary", parent: "CEN", distributionPoints: ["CHIDP"] },
  },
};
const patience = { within: "+20m" } as const;

export function manyFiles(scratch: string, { isQuick }: Scale): Measure[] {
  const count = isQuick ? 2000 : 10_000;
  const source = join(scratch, "many-files");
  let isMade = false;
  const content = () => {
    if (!isMade) makeFolder(source, count, 1024);
    isMade = true;
  };
  const wholeMebibytes = isQuick ? 128 : 1024;
  return [
    {
      name: "many-files",
      title: `a package of ${count} files of 1 KiB, source to installed at one child`,
      unit: "s",
      isMoreBetter: false,
      bar: { ratio: 0.8 },
      contenders: [
        {
          name: "spoolnet",
          async run() {
            content();
            await using hierarchy = await startHierarchy({
              topology,
              driver: "processes",
              sourceFolders: [source],
            });
            return await seconds(async () => {
              await hierarchy.addPackage({ name: "Many", source });
              await hierarchy.arrived("Many", "CHI", patience);
            });
          },
        },
        {
          name: "tar, zstd, curl into nginx, unpack",
          absent: () => missing("tar", "zstd", "curl", "nginx"),
          async run(folder) {
            content();
            await using server = await nginx(folder);
            const lines = [
              `tar -C ${source} -cf - . | zstd -q -o many.tar.zst`,
              `curl -sf -T many.tar.zst http://127.0.0.1:${server.port}/many.tar.zst`,
              "mkdir installed && zstd -dcq received/many.tar.zst | tar -C installed -xf -",
            ];
            return await seconds(() => shell(lines.join(" && "), folder));
          },
        },
      ],
    },
    {
      name: "second-version",
      title: `second version of a package of ${wholeMebibytes} MiB, 1 % of its files changed: bytes of the first on the wire`,
      unit: "%",
      isMoreBetter: false,
      bar: { value: 2 },
      once: true,
      contenders: [{ name: "spoolnet", run: (folder) => secondVersion(folder, wholeMebibytes) }],
    },
  ];
}

async function secondVersion(folder: string, mebibytes: number): Promise<number> {
  const source = join(folder, "source");
  mkdirSync(source);
  makeFolder(source, 100, (mebibytes * 1024 * 1024) / 100);
  await using hierarchy = await startHierarchy({ topology, driver: "processes", sourceFolders: [source] });
  await hierarchy.addPackage({ name: "Changing", source });
  await hierarchy.arrived("Changing", "CHI", patience);
  const sent = () => {
    const transfers = new TransferLog();
    for (const event of hierarchy.events) transfers.apply(event);
    return transfers.all.reduce((sum, { bytes }) => sum + bytes, 0);
  };
  const first = sent();
  const [inside = ""] = readdirSync(source);
  writeFileSync(join(source, inside, "0.bin"), randomFillSync(Buffer.alloc((mebibytes * 1024 * 1024) / 100)));
  await hierarchy.refreshPackage("Changing");
  await hierarchy.arrived("Changing", "CHI", patience);
  return ((sent() - first) / first) * 100;
}
