/**
 * The image that sites run as, built on the spot from the project's own Dockerfile. It carries the digest of the files
 * it was made of as a label, so that changed code is never run from an old image.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import type Docker from "dockerode";
import { create } from "tar";
import { z } from "zod";

import { Failure } from "../../failure.ts";
import { engineFailure, statusOf } from "./engine.ts";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const defaultImage = "spoolnet";
const digestLabel = "spoolnet.source";

/** What the Dockerfile copies; .dockerignore says the same to those who build it by hand. */
const sources = [
  "Dockerfile",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "scripts/build-page.ts",
  "{bin,domain,orchestrator,site-image,topologies}/**",
];
const exceptions = [
  ...["**/node_modules/**", "orchestrator/console/page/dist/**", "**/*.md", "**/*.test.ts"],
  // What a run, a person or a tool may have left there and keeps to itself.
  ...["**/.*", "**/.*/**", "**/*.key", "**/*.pem", "**/*.db", "**/*.db-*"],
  ...["**/hierarchy.json", "**/administrator-token"],
];

const buildEvent = z.object({ stream: z.string().optional(), error: z.string().optional() });

type Options = {
  /** Used as it is; default: built here, and again whenever the project's files have changed. */
  readonly image: string | undefined;
  readonly say: (words: string) => void;
  readonly signal: AbortSignal;
};

/** Resolves with the name of an image that the engine has. */
export async function siteImage(docker: Docker, { image, say, signal }: Options): Promise<string> {
  if (image !== undefined) {
    if (await labelsOf(docker, image)) return image;
    throw new Failure(
      "environment",
      `the engine has no image ${image}: docker pull ${image}, or leave SPOOLNET_IMAGE out and one is built here`,
    );
  }
  if (!existsSync(join(project, "Dockerfile"))) {
    throw new Failure(
      "environment",
      "no image can be built here, as this spoolnet was installed without its Dockerfile: give one that a checkout has built in SPOOLNET_IMAGE",
    );
  }
  const files = await contextFiles();
  const digest = await digestOf(files);
  const found = await labelsOf(docker, defaultImage);
  if (found?.[digestLabel] === digest) return defaultImage;
  say(
    `building the image ${defaultImage}: ${found ? "the one that is there is of other code" : "the engine has none yet"}`,
  );
  await build(docker, files, digest, { say, signal });
  return defaultImage;
}

/** Undefined where there is no such image. */
async function labelsOf(docker: Docker, image: string): Promise<Record<string, string> | undefined> {
  try {
    return (await docker.getImage(image).inspect()).Config.Labels ?? {};
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw engineFailure(`look for the image ${image}`, error);
  }
}

/** Relative to the project's folder, in an order of their own. */
export async function contextFiles(folder = project): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of glob(sources, { cwd: folder, exclude: exceptions, withFileTypes: true })) {
    if (entry.isFile()) files.push(relative(folder, join(entry.parentPath, entry.name)));
  }
  return files.sort();
}

async function digestOf(files: readonly string[]): Promise<string> {
  const digest = createHash("sha256");
  for (const file of files) {
    const content = await readFile(join(project, file));
    digest.update(`${file}\0${content.length}\0`).update(content);
  }
  return digest.digest("hex");
}

async function build(
  docker: Docker,
  files: string[],
  digest: string,
  { say, signal }: Omit<Options, "image">,
): Promise<void> {
  const doing = "build the image from the project's Dockerfile";
  try {
    const context = create({ cwd: project, portable: true }, files);
    const progress = await docker.buildImage(context as unknown as NodeJS.ReadableStream, {
      t: defaultImage,
      labels: { [digestLabel]: digest },
      abortSignal: signal,
    });
    await new Promise<void>((resolve, reject) => {
      const over = (error: Error | null) => (error ? reject(error) : resolve());
      docker.modem.followProgress(progress, over, (event: unknown) => {
        const step = buildEvent.safeParse(event).data?.stream?.trim();
        if (step?.startsWith("Step ")) say(`  ${step.replaceAll(/\s+/g, " ").slice(0, 100)}`);
      });
    });
  } catch (error) {
    signal.throwIfAborted();
    throw engineFailure(doing, error);
  }
}
