import { defineConfig } from "vitest/config";

/**
 * Two projects: `plain` needs nothing but Node, `containers` needs a Docker engine (scripts/test.ts looks for one).
 */
export default defineConfig({
  test: {
    reporters: ["default"],
    // Tests wait for files, connections and clocks more than they compute; vitest takes a single worker on two cores.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "plain",
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
          env: { SPOOLNET_DRIVER: "docker" },
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
