import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Deployment, StatefulSet } from "kubernetes-models/apps/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { ConfigMap, Namespace, Secret, Service } from "kubernetes-models/v1";
import { describe, expect } from "vitest";
import { parse } from "yaml";

import { composeFile } from "../../../orchestrator/render/compose.ts";
import { kubernetesFile, kubernetesManifests } from "../../../orchestrator/render/kubernetes.ts";
import type { Rendering } from "../../../orchestrator/render/rendered.ts";
import { swarmStack } from "../../../orchestrator/render/swarm-stack.ts";
import { topologyWithSources } from "../../../orchestrator/render/topology-with-sources.ts";
import { loadTopology } from "../../../orchestrator/topology/load.ts";
import { TestAuthority, testTls } from "../../support/test-authority.ts";
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

describe("certificates", () => {
  const words = `
name: secured
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
defaults: { site: { ${testTls} } }
sites:
  CEN: { type: primary, distributionPoints: [HQDP] }
  "007": { type: secondary, parent: CEN, tls: { key: tls/007.key } }
packages:
  - { name: Service Pack, site: CEN, size: 9 MB, distributionPoints: all }
`;
  /** With the texts of its keys. */
  const secured = async (folder: string) => {
    await (await TestAuthority.make()).writeFor(folder, ["CEN", "007"]);
    const file = join(folder, "secured.yaml");
    await writeFile(file, words);
    const copy = await topologyWithSources(file, join(folder, "out"), () => {});
    const keys = ["CEN", "007"].map((code) => readFileSync(join(folder, `tls/${code}.key`), "utf8"));
    return { rendering: await renderingOf(copy), keys: keys.flatMap((key) => key.split("\n")[1] ?? []) };
  };

  test("are secrets of a compose file by the paths of their files, a site's own for each", async ({
    folder,
  }) => {
    const { rendering, keys } = await secured(folder);
    const text = composeFile(rendering);
    const { services, secrets } = parse(text, { merge: true });

    for (const key of keys) expect(text).not.toContain(key);
    expect(Object.keys(secrets)).toEqual(
      ["cen", "007"].flatMap((site) =>
        ["certificate", "key", "authorities"].map((what) => `${site}-${what}`),
      ),
    );
    expect(secrets["007-key"]).toEqual({ file: join(folder, "tls/007.key") });
    expect(services["007"].secrets).toContainEqual({ source: "007-key", target: "certificate.key" });
    expect(services["007"].environment).toMatchObject({
      SPOOLNET_TLS_CERTIFICATE_FILE: "/run/secrets/certificate.pem",
      SPOOLNET_TLS_KEY_FILE: "/run/secrets/certificate.key",
      SPOOLNET_TLS_CA_FILE: "/run/secrets/authorities.pem",
    });
    const { orchestrator } = services;
    expect(orchestrator.environment.SPOOLNET_SITE_URL).toBe("https://{site}:2003");
    const authority = join(folder, "tls/authority.pem");
    expect(orchestrator.volumes).toContain(`${authority}:${authority}:ro`);
    expect(JSON.stringify(orchestrator)).not.toContain("key");
  });

  test("are secrets of a stack, which its user alone may read", async ({ folder }) => {
    const { rendering, keys } = await secured(folder);
    const text = swarmStack(rendering);
    const { services, secrets, configs } = parse(text);

    for (const key of keys) expect(text).not.toContain(key);
    expect(secrets["cen-key"]).toEqual({ file: join(folder, "tls/CEN.key") });
    expect(services.cen.secrets).toContainEqual({
      ...{ source: "cen-key", target: "certificate.key", uid: "1000", gid: "1000", mode: 0o400 },
    });
    expect(services.orchestrator.environment.SPOOLNET_SITE_URL).toBe("https://{site}:2003");
    expect(configs["authorities-1"].file).toBe(join(folder, "tls/authority.pem"));
    expect(JSON.stringify(services.orchestrator)).not.toContain("key");
  });

  test("are Secrets of Kubernetes that are made of the files, and the orchestrator sees no key", async ({
    folder,
  }) => {
    const { rendering, keys } = await secured(folder);
    const manifests = kubernetesManifests(rendering, token);
    const text = kubernetesFile(rendering, token);

    for (const key of keys) expect(text).not.toContain(key);
    for (const manifest of manifests) {
      const Model = models[manifest.kind as keyof typeof models];
      expect(() => new Model(manifest as never).validate(), manifest.kind).not.toThrow();
    }
    expect(text).toContain(`create secret generic tls-007 --from-file=certificate.pem=${folder}/tls/007.pem`);
    const site = JSON.stringify(manifests.find(({ kind }) => kind === "StatefulSet"));
    expect(site).toContain('"scheme":"HTTPS"');
    expect(site).toContain("certificate.key");
    const orchestrator = JSON.stringify(manifests.find(({ kind }) => kind === "Deployment"));
    expect(orchestrator).toContain("https://site-{site}:2003");
    expect(orchestrator).toContain(`"mountPath":"${join(folder, "tls/authority.pem")}"`);
    expect(orchestrator).not.toContain("certificate.key");
  });
});

describe("a package given by its size", () => {
  const words = `
name: sized
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
sites: { CEN: { type: primary, distributionPoints: [HQDP] } }
packages:
  - { name: Service Pack, site: CEN, size: 9 MB, distributionPoints: all } # large
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
`;

  test("is rendered with a source that is made, which a copy of the topology names", async ({ folder }) => {
    await mkdir(join(folder, "source"));
    const [file, out] = [join(folder, "sized.yml"), join(folder, "out")];
    await writeFile(file, words);
    const told: string[] = [];
    const copy = await topologyWithSources(file, out, (made) => told.push(made));
    const { services } = parse(composeFile(await renderingOf(copy)), { merge: true });
    const source = join(out, "sources/Service-Pack");

    expect(told).toEqual([join(out, "sized.made.yaml")]);
    expect(copy).toBe(told[0]);
    expect((await loadTopology(copy)).packages).toMatchObject([
      { name: "Service Pack", sourceFolder: source, madeBytes: undefined },
      { name: "Maps", sourceFolder: join(folder, "source") },
    ]);
    expect(await readdir(source)).toEqual(["content-001.bin", "content-002.bin"]);
    expect(services.cen.volumes).toContain(`./sources/Service-Pack:${source}:ro`);
    expect(services.orchestrator.volumes).toContain(`./sized.made.yaml:${copy}:ro`);
  });

  test("is refused where there is no place for its source", async ({ folder }) => {
    await mkdir(join(folder, "source"));
    const file = join(folder, "sized.yaml");
    await writeFile(file, words);

    await expect(topologyWithSources(file, undefined, () => {})).rejects.toThrow("say where with --output");
  });
});
