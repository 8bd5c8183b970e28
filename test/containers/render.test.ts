/**
 * What is rendered, judged by Docker's own client.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect } from "vitest";

import { test } from "../support/temporary-folder.ts";
import { writeMine } from "../support/topology-elsewhere.ts";

const execute = promisify(execFile);
const project = fileURLToPath(new URL("../..", import.meta.url));
const cli = join(project, "orchestrator/cli.ts");

const threeSite = join(project, "topologies/three-site.yaml");

test.for(["the project's own", "another"])(
  "%s topology rendered is what docker compose and docker stack take",
  async (which, { folder }) => {
    const file = which === "another" ? await writeMine(folder) : threeSite;
    for (const to of ["compose", "swarm"]) {
      await execute(process.execPath, [cli, "render", file, "--to", to, "--output", `${folder}/`]);
    }
    const docker = (...args: string[]) => execute("docker", args);
    const compose = await docker("compose", "--file", join(folder, "compose.yaml"), "config", "--services");
    const stack = await docker("stack", "config", "--compose-file", join(folder, "stack.yaml"));

    expect(compose.stdout.split("\n")).toContain("orchestrator");
    expect(stack.stdout).toContain("endpoint_mode: dnsrr");
  },
);
