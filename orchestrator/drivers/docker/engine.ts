/**
 * The Docker engine that answers here: where DOCKER_HOST says, else Docker Desktop's socket, else the system's. What it
 * refuses is put into words that say what to do.
 */
import Docker from "dockerode";

import { Failure, systemCodeOf, wordsOf } from "../../failure.ts";

/** How long an engine may take to say that it is there, in milliseconds. */
const answerWithinMs = 5_000;

/** Resolves with an engine that answers. */
export async function dockerEngine(): Promise<Docker> {
  const docker = new Docker();
  try {
    await docker.listContainers({ limit: 1, abortSignal: AbortSignal.timeout(answerWithinMs) });
    return docker;
  } catch (error) {
    throw engineFailure("use Docker", error);
  }
}

/** Undefined where no engine answers. */
export async function engineIfThere(): Promise<Docker | undefined> {
  return await dockerEngine().catch(() => undefined);
}

/** What an engine says, and what to do about it. The first that matches is told. */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /non-overlapping IPv4 address pool|address pools have been fully subnetted/i,
    "the engine has no address space left for another network: spoolnet down --all or docker network prune frees some, default-address-pools in its daemon.json gives it more",
  ],
  [
    /bind source path does not exist|mount.*no such file|not shared from the host/i,
    "the engine does not see a package source folder: it must be on the engine's machine, and shared with it where that is a virtual one",
  ],
  [
    /exchange full|too many ports|operation not possible.*bridge/i,
    "a bridge takes 1,023 ports at most: use --driver swarm or embedded for a hierarchy this large",
  ],
  [/no space left/i, "free some space: docker system df says what uses it"],
  [
    /cannot allocate memory|not enough memory/i,
    "there is not enough memory for another container: fewer sites, or --driver embedded",
  ],
  [
    /not a swarm manager/i,
    "--driver swarm needs a swarm: docker swarm init makes this engine one (a swarm of one machine will do)",
  ],
];

const noEngine =
  "no Docker engine answers: start it, or say where it is in DOCKER_HOST, or use --driver embedded, which needs none";
const notAllowed =
  "this user may not use the Docker engine: be a member of its group (docker), or use --driver embedded";

/** `doing` ends the sentence "cannot ...". */
export function engineFailure(doing: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const code = systemCodeOf(error);
  const isTimeout = error instanceof Error && /abort|timeout/i.test(error.name);
  if (code === "EACCES" || code === "EPERM") return new Failure("environment", notAllowed, { cause: error });
  if (["ECONNREFUSED", "ENOENT", "ENOTFOUND", "EHOSTUNREACH", "ETIMEDOUT"].includes(code ?? "") || isTimeout)
    return new Failure("environment", noEngine, { cause: error });
  const said = messageOf(error);
  const hint = hints.find(([pattern]) => pattern.test(said))?.[1];
  // What an engine refused is said in its own words; the client adds only a number to them.
  const cause = statusOf(error) === undefined ? error : new Error(`the engine says "${said}"`);
  return new Failure("environment", hint ? `cannot ${doing}: ${hint}` : `cannot ${doing}`, { cause });
}

/** The HTTP status of what an engine refused. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : undefined;
}

/** True where the engine says that it is so already: gone, stopped, being removed. Engines differ in the status they give. */
export function isSoAlready(error: unknown): boolean {
  const status = statusOf(error);
  if (status === 304 || status === 404) return true;
  return (
    (status === 409 || status === 500) &&
    /already in progress|is not running|is not paused|is already paused/.test(wordsOf(error))
  );
}

function messageOf(error: unknown): string {
  const body = error instanceof Error && "json" in error ? error.json : undefined;
  if (typeof body === "object" && body !== null && "message" in body) return String(body.message).trim();
  return wordsOf(error);
}
