/**
 * What a Docker engine has with the labels of a hierarchy: containers, networks, volumes, and what a swarm adds.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

const kinds = [
  ["container", "ls", "--all"],
  ["network", "ls"],
  ["volume", "ls"],
];
const kindsOfSwarm = [
  ["service", "ls"],
  ["secret", "ls"],
];

export async function labelled(hierarchy: string, { swarm = false } = {}): Promise<string[]> {
  const filter = ["--quiet", "--filter", `label=spoolnet.hierarchy=${hierarchy}`];
  const found = await Promise.all(
    [...kinds, ...(swarm ? kindsOfSwarm : [])].map((kind) => execute("docker", [...kind, ...filter])),
  );
  return found.flatMap(({ stdout }) => stdout.split("\n").filter((line) => line !== ""));
}
