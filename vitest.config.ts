import { fileURLToPath } from "node:url";

import { defineConfig } from "vitest/config";

import { runFolder } from "./test/support/memory-folder.ts";
import { SlowestFirst } from "./test/support/slowest-first.ts";

/** Processes that tests start load this program again and again: what Node made of its files is kept between them. */
const compiled = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url)),
};

/**
 * Two projects: `plain` needs nothing but Node, `containers` needs a Docker engine (scripts/test.ts looks for one).
 */
export default defineConfig({
  test: {
    reporters: ["default"],
    // Tests wait for connections, processes and clocks more than they compute; vitest takes a single worker on two cores.
    maxWorkers: 4,
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        test: {
          name: "plain",
          env: { ...compiled, ...(runFolder !== undefined && { TMPDIR: runFolder }) },
          globalSetup: ["test/support/memory-folder.ts"],
          isolate: false, // a process for each file, with all modules loaded anew, was a tenth of the run
          include: ["test/{unit,integration,crash,examples,browser}/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "containers",
          // What a user copies runs once more, in containers.
          include: ["test/{containers,examples}/**/*.test.ts"],
          env: { ...compiled, SPOOLNET_DRIVER: "docker" },
          globalSetup: ["test/containers/build-image.ts"],
          setupFiles: ["test/containers/image-under-test.ts"],
          testTimeout: 240_000,
          hookTimeout: 300_000,
          fileParallelism: false, // a hierarchy of containers at a time is enough for a small machine
        },
      },
    ],
  },
});
