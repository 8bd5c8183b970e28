/**
 * However sites come to run as containers, they have no privilege: an ordinary user, nothing to write to but their
 * volume and /tmp, no capability, and no way to get one.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";
import { parse } from "yaml";

import { containerOptions } from "../../../orchestrator/drivers/docker/site-container.ts";
import { serviceOptions } from "../../../orchestrator/drivers/swarm/site-service.ts";
import { composeFile } from "../../../orchestrator/render/compose.ts";
import { kubernetesFile, kubernetesManifests } from "../../../orchestrator/render/kubernetes.ts";
import type { Rendering } from "../../../orchestrator/render/rendered.ts";
import { swarmStack } from "../../../orchestrator/render/swarm-stack.ts";
import { loadTopology } from "../../../orchestrator/topology/load.ts";

const file = fileURLToPath(new URL("../../../topologies/three-site.yaml", import.meta.url));
const topology = await loadTopology(file);
const rendering: Rendering = { topology, topologyText: await readFile(file, "utf8"), image: "spoolnet" };
const token = "a-token-for-tests-only";
const [plan] = topology.sites;
if (!plan) throw new Error("the topology has sites");
const site = {
  hierarchy: "test",
  plan,
  image: "spoolnet",
  port: 22_003,
  labels: {},
  sources: ["/srv/source"],
};

test("a container of the docker driver", () => {
  const { User, Env, HostConfig } = containerOptions(site);

  expect(User).toBe("1000:1000");
  expect(HostConfig).toMatchObject({
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges:true"],
    Tmpfs: { "/tmp": "noexec,nosuid,nodev" },
  });
  expect(HostConfig).not.toHaveProperty("Privileged");
  expect(HostConfig?.CapAdd).toBeUndefined();
  expect(HostConfig?.Mounts?.filter(({ ReadOnly }) => !ReadOnly).map(({ Target }) => Target)).toEqual([
    "/var/lib/spoolnet",
  ]);
  expect(Object.values(HostConfig?.PortBindings ?? {})).toEqual([
    [{ HostIp: "127.0.0.1", HostPort: "22003" }],
  ]);
  expect(Env?.filter((one) => /TOKEN|SECRET|KEY/.test(one))).toEqual([
    "SPOOLNET_ADMINISTRATOR_TOKEN_FILE=/var/lib/spoolnet/administrator-token",
  ]);
});

test("a service of the swarm driver", () => {
  const options = serviceOptions({
    ...{ ...site, networkId: "network", nodeId: "node" },
    secrets: [{ id: "id", name: "token", file: "administrator-token" }],
  });
  const { TaskTemplate } = options as { TaskTemplate: { ContainerSpec: Record<string, unknown> } };

  expect(TaskTemplate.ContainerSpec).toMatchObject({
    User: "1000:1000",
    ReadOnly: true,
    CapabilityDrop: ["ALL"],
    Privileges: { NoNewPrivileges: true },
  });
});

describe("rendered", () => {
  test("each container of a compose file", () => {
    const { services } = parse(composeFile(rendering), { merge: true });

    expect(Object.keys(services)).toHaveLength(topology.sites.length + 1);
    for (const service of Object.values<Record<string, unknown>>(services)) {
      expect(service).toMatchObject({
        user: "1000:1000",
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
      });
      for (const port of (service.ports ?? []) as string[]) expect(port).toMatch(/^127\.0\.0\.1:/);
      expect(service).not.toHaveProperty("privileged");
      expect(service).not.toHaveProperty("cap_add");
    }
  });

  test("each service of a stack", () => {
    for (const service of Object.values(parse(swarmStack(rendering)).services))
      expect(service).toMatchObject({ user: "1000:1000", read_only: true, cap_drop: ["ALL"] });
  });

  test("each pod of the Kubernetes manifests", () => {
    const pods = kubernetesManifests(rendering, token)
      .map(
        ({ spec }) => (spec as { template?: { spec: Record<string, unknown> } } | undefined)?.template?.spec,
      )
      .filter((spec) => spec !== undefined);

    expect(pods).toHaveLength(topology.sites.length + 1);
    for (const pod of pods) {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      });
      for (const { securityContext } of pod.containers as { securityContext: unknown }[])
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
    }
  });

  test("the token is in the Secret of the Kubernetes manifests, and nowhere else in what is rendered", () => {
    const text = kubernetesFile(rendering, token);

    expect(text.split(token)).toHaveLength(2);
    for (const other of [composeFile(rendering), swarmStack(rendering)])
      expect(other).not.toMatch(/TOKEN: |[A-Za-z0-9_-]{43}/);
  });
});

test("the image carries no file that could hold a secret, and runs as an ordinary user", async () => {
  const dockerfile = await readFile(new URL("../../../Dockerfile", import.meta.url), "utf8");
  const ignored = await readFile(new URL("../../../.dockerignore", import.meta.url), "utf8");

  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).not.toMatch(/^(ARG|ENV).*(TOKEN|SECRET|PASSWORD)/m);
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
    (match) => match[1]?.split(" ") ?? [],
  );
  const sent = ignored.match(/^!(.+)$/gm)?.map((line) => line.slice(1)) ?? [];
  expect(ignored).toMatch(/^\*$/m);
  expect([...new Set(copied)].sort()).toEqual(sent.sort());
});
