/**
 * Builds the image that the container tests run, once for all of them, from the Dockerfile as it is now, with the recorder
 * of the tests added; and fails the run where that saw a byte that no address allowed.
 * Through the docker command rather than testcontainers' own builder: it uses BuildKit where there is one, as
 * `docker compose up` does for a user. The tag goes at the end; what the engine's build cache holds stays.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import type { TestProject } from "vitest/node";

import { ContainerRecorder } from "./container-recorder.ts";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const image = `spoolnet-test:${randomBytes(6).toString("hex")}`;

declare module "vitest" {
  export interface ProvidedContext {
    /** The name of the image under test. */
    image: string;
  }
}

let recorder: ContainerRecorder | undefined;

export async function setup(project: TestProject): Promise<void> {
  await execute("docker", ["build", "--tag", `${image}-plain`, root]);
  const recording = ["--file", join(root, "test/containers/recording.Dockerfile"), join(root, "test")];
  await execute("docker", ["build", "--tag", image, "--build-arg", `IMAGE=${image}-plain`, ...recording]);
  project.provide("image", image);
  recorder = new ContainerRecorder(image);
}

export async function teardown(): Promise<void> {
  try {
    console.log(`spoolnet: ${await recorder?.end()}`);
  } finally {
    await execute("docker", ["image", "rm", image, `${image}-plain`]);
  }
}
