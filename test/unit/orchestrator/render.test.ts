import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Deployment, StatefulSet } from "kubernetes-models/apps/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { ConfigMap, Namespace, Secret, Service } from "kubernetes-models/v1";
import { expect } from "vitest";
import { parse } from "yaml";

import { composeFile } from "../../../orchestrator/render/compose.ts";
import { kubernetesManifests } from "../../../orchestrator/render/kubernetes.ts";
import type { Rendering } from "../../../orchestrator/render/rendered.ts";
import { swarmStack } from "../../../orchestrator/render/swarm-stack.ts";
import { loadTopology } from "../../../orchestrator/topology/load.ts";
import { writeMine } from "../../support/topology-elsewhere.ts";
import { test } from "./folder-fixture.ts";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const token = "a-token-for-tests-only";

/** The models carry the schemas of the API, and refuse what is not in them. */
const models = { Namespace, Secret, ConfigMap, Service, StatefulSet, Deployment, NetworkPolicy };

async function renderingOf(file: string): Promise<Rendering> {
  return {
    topology: await loadTopology(file),
    topologyText: await readFile(file, "utf8"),
    image: "spoolnet",
  };
}

async function another(folder: string): Promise<Rendering> {
  return renderingOf(await writeMine(folder));
}

test("compose.yaml is topologies/three-site.yaml rendered", async () => {
  const rendering = await renderingOf(join(project, "topologies/three-site.yaml"));

  expect(await readFile(join(project, "compose.yaml"), "utf8")).toBe(composeFile(rendering));
});

test("in a compose file each site is itself, and sees the sources of its own packages", async ({
  folder,
}) => {
  const { services, volumes } = parse(composeFile(await another(folder)), { merge: true });

  expect(Object.keys(services)).toEqual(["cen", "007", "orchestrator"]);
  expect(Object.keys(volumes)).toEqual(["cen", "007", "token"]);
  expect(services.cen.environment).toMatchObject({
    SPOOLNET_SITE_NAME: "Head: quarters #1",
    SPOOLNET_SENDERS: '{"LAN":{"retries":7}}',
  });
  expect(services["007"].environment).toMatchObject({
    SPOOLNET_SITE_CODE: "007",
    SPOOLNET_PARENT_SITE: "CEN",
  });
  expect(services.cen.volumes).toContain(`./source:${join(folder, "source")}:ro`);
  expect(services["007"].volumes).not.toContain(`./source:${join(folder, "source")}:ro`);
  expect(services.orchestrator.volumes).toContain(`./mine.yaml:${join(folder, "mine.yaml")}:ro`);
});

test("a stack has a service a site by its own name, the token as a secret, the topology as a config", async ({
  folder,
}) => {
  const stack = parse(swarmStack(await another(folder)));

  expect(Object.keys(stack.services)).toEqual(["cen", "007", "orchestrator"]);
  for (const service of Object.values<Record<string, unknown>>(stack.services)) {
    expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"], deploy: { endpoint_mode: "dnsrr" } });
    expect(service).not.toHaveProperty("ports");
  }
  expect(stack.secrets["administrator-token"]).toEqual({ external: true, name: "spoolnet-mine-token" });
  expect(stack.configs.topology.file).toBe(join(folder, "mine.yaml"));
  expect(stack.networks.sites.driver).toBe("overlay");
});

test("Kubernetes manifests are what the API's schemas allow", async ({ folder }) => {
  for (const rendering of [
    await another(folder),
    await renderingOf(join(project, "topologies/three-site.yaml")),
  ]) {
    const manifests = kubernetesManifests(rendering, token);
    for (const manifest of manifests) {
      const Model = models[manifest.kind as keyof typeof models];
      expect(() => new Model(manifest as never).validate(), manifest.kind).not.toThrow();
      const { name } = manifest.metadata as { name: string };
      expect(name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
    }
    const kinds = manifests.map(({ kind }) => kind);
    for (const kind of ["StatefulSet", "Service", "NetworkPolicy"]) {
      expect(kinds.filter((one) => one === kind)).toHaveLength(rendering.topology.sites.length);
    }
  }
});

test("what is not in the API's schemas would be refused", async ({ folder }) => {
  const manifests = kubernetesManifests(await another(folder), token);
  const found = manifests.find(({ kind }) => kind === "StatefulSet");
  const spec = { ...(found?.spec as object), replicas: "one" };

  expect(() => new StatefulSet({ ...found, spec } as never).validate()).toThrow("replicas");
});

test("a site is reached by its neighbours and the orchestrator, and by nobody else", async () => {
  const manifests = kubernetesManifests(
    await renderingOf(join(project, "topologies/three-site.yaml")),
    token,
  );
  const policyOf = (site: string) =>
    manifests.find(
      ({ kind, metadata }) => kind === "NetworkPolicy" && (metadata as { name: string }).name === site,
    );
  const peer = (site: string) => ({ podSelector: { matchLabels: { app: "spoolnet", site } } });
  const orchestrator = { podSelector: { matchLabels: { app: "spoolnet", role: "orchestrator" } } };

  expect(policyOf("site-mke")?.spec).toMatchObject({ ingress: [{ from: [peer("site-chi"), orchestrator] }] });
  expect(policyOf("site-chi")?.spec).toMatchObject({
    ingress: [{ from: [peer("site-cen"), peer("site-mke"), orchestrator] }],
  });
});

test("a package given by its size is not rendered: its source is made where a hierarchy runs", async ({
  folder,
}) => {
  const rendering = await another(folder);
  const packages = rendering.topology.packages.map((pkg) => ({ ...pkg, madeBytes: 1 }));

  expect(() => composeFile({ ...rendering, topology: { ...rendering.topology, packages } })).toThrow(
    'the package "Maps" is given by its size',
  );
});
