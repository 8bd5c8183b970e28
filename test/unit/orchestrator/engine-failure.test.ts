import { expect, test } from "vitest";

import { engineFailure } from "../../../orchestrator/drivers/docker/engine.ts";
import { wordsOf } from "../../../orchestrator/failure.ts";

/** As the engine's client throws it. */
function refused(statusCode: number, message: string): Error {
  return Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message}`), {
    statusCode,
    json: { message },
  });
}

const system = (code: string) => Object.assign(new Error(`connect ${code} /var/run/docker.sock`), { code });

test.for([
  [
    refused(
      404,
      "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
    ),
    "no address space left for another network: spoolnet down --all",
  ],
  [refused(500, "all predefined address pools have been fully subnetted"), "docker network prune frees some"],
  [
    refused(500, "adding interface vethf1 to bridge br-1 failed: exchange full"),
    "a bridge takes 1,023 ports at most: use --driver swarm or embedded",
  ],
  [
    refused(400, 'invalid mount config for type "bind": bind source path does not exist: /x'),
    "does not see a package source folder",
  ],
  [refused(503, "This node is not a swarm manager."), "docker swarm init makes this engine one"],
  [system("ENOENT"), "no Docker engine answers: start it, or say where it is in DOCKER_HOST"],
  [system("ECONNREFUSED"), "use --driver embedded, which needs none"],
  [system("EACCES"), "this user may not use the Docker engine: be a member of its group"],
] as const)("what an engine refuses is told with what would do: %s", ([error, words]) => {
  const told = engineFailure("start site CEN", error);

  expect(told.kind).toBe("environment");
  expect(wordsOf(told)).toContain(words);
});

test("what an engine says that nobody has heard before is told in its own words", () => {
  const told = engineFailure("start site CEN", refused(500, "the moon is full"));

  expect(wordsOf(told)).toBe('cannot start site CEN: the engine says "the moon is full"');
});
