/**
 * Many small packages from their definition to a child's distribution point, every step durable: `spoolnet load`.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { loadResult } from "../../orchestrator/load/load-result.ts";
import type { Measure, Scale } from "../contest/measure.ts";

const cli = join(import.meta.dirname, "..", "..", "orchestrator", "cli.ts");

export function packages(_scratch: string, { isQuick }: Scale): Measure[] {
  const count = isQuick ? 300 : 10_000;
  return [
    {
      name: "packages",
      title: `${count} packages of 1 KiB, .PKN to installed at one child, durable`,
      unit: "packages/s",
      isMoreBetter: true,
      bar: { value: 500 },
      once: true,
      contenders: [
        {
          name: "spoolnet load",
          async run(folder) {
            const args = [
              "load",
              "--size",
              "1KiB",
              "--count",
              String(count),
              "--at-once",
              String(count),
              "--json",
            ];
            const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args, "--root", folder], {
              maxBuffer: 2 ** 26,
            });
            return loadResult.loose().parse(JSON.parse(stdout)).packagesPerSecond;
          },
        },
      ],
    },
  ];
}
