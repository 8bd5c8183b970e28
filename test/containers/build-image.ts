/**
 * Builds the image that the container tests run, once for all of them, from the Dockerfile as it is now.
 * Through the docker command rather than testcontainers' own builder: it uses BuildKit where there is one, as
 * `docker compose up` does for a user. The tag goes at the end; what the engine's build cache holds stays.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import type { TestProject } from "vitest/node";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const image = `spoolnet-test:${randomBytes(6).toString("hex")}`;

declare module "vitest" {
  export interface ProvidedContext {
    /** The name of the image under test. */
    image: string;
  }
}

export async function setup(project: TestProject): Promise<void> {
  await execute("docker", ["build", "--tag", image, root]);
  project.provide("image", image);
}

export async function teardown(): Promise<void> {
  await execute("docker", ["image", "rm", image]);
}
