/** A test that writes topologies beside a package source, in a folder of its own, and has them read. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { loadTopology } from "../../../orchestrator/topology/load.ts";
import type { Topology } from "../../../orchestrator/topology/plan.ts";
import { TopologyFailure } from "../../../orchestrator/topology/topology-failure.ts";
import { test as base } from "./folder-fixture.ts";

export const test = base
  .extend("planOf", async ({ folder }) => async (text: string): Promise<Topology> => {
    await mkdir(join(folder, "source"), { recursive: true });
    const file = join(folder, "t.yaml");
    await writeFile(file, text);
    return await loadTopology(file);
  })
  /** The mistakes as `line:column: words`, without the file. */
  .extend("mistakesIn", async ({ planOf }) => async (text: string): Promise<string[]> => {
    const failure = await planOf(text).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) return [];
    if (!(failure instanceof TopologyFailure)) throw failure;
    expect(failure.kind).toBe("usage");
    return failure.mistakes.map(
      ({ line, column, path, message }) => `${line}:${column}: ${path}: ${message}`,
    );
  });
