/**
 * A topology as Kubernetes manifests in a namespace of its own: for each site a StatefulSet with its volume, a Service
 * and a NetworkPolicy; for all a Secret; and a Deployment of the orchestrator, which attaches the sites. Pure.
 */

import { stringify } from "yaml";
import { childrenOf } from "../../domain/hierarchy.ts";
import { tlsFilesIn, tlsNames } from "../drivers/docker/site-container.ts";
import { siteEnvironment } from "../site-environment.ts";
import type { SitePlan, Topology } from "../topology/plan.ts";
import {
  authoritiesInside,
  type InsidePath,
  insidePath,
  type Rendering,
  siteUrlTemplate,
  sourcesInside,
  tlsFilesOf,
  topologyName,
  userId,
} from "./rendered.ts";

const port = 2003;
const tokenFolder = "/run/spoolnet";
const tlsFolder = "/run/tls";
/** Nothing leads to it but kubectl port-forward. */
const consolePort = 2004;

export type Manifest = { readonly apiVersion: string; readonly kind: string } & Readonly<
  Record<string, unknown>
>;

export function kubernetesManifests(rendering: Rendering, token: string): Manifest[] {
  const { topology } = rendering;
  const namespace = namespaceOf(topology);
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "administrator-token", namespace },
      stringData: { "administrator-token": token },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "topology", namespace },
      data: { "topology.yaml": rendering.topologyText },
    },
    ...topology.sites.flatMap((plan) => siteManifests(rendering, plan, namespace)),
    orchestrator(rendering, namespace),
  ];
}

export function kubernetesFile(rendering: Rendering, token: string): string {
  const { topology } = rendering;
  const manifests = kubernetesManifests(rendering, token).map((manifest) =>
    stringify(manifest, { version: "1.1", aliasDuplicateObjects: false, lineWidth: 0 }),
  );
  return `# ${topologyName(topology)} for Kubernetes. Made by
#   npx spoolnet render ${topologyName(topology)} --to kubernetes --output ${topology.name}.yaml
#
#   kubectl apply --filename ${topology.name}.yaml
#   kubectl --namespace spoolnet-${topology.name} logs --follow deployment/orchestrator
#   kubectl --namespace spoolnet-${topology.name} port-forward deployment/orchestrator ${consolePort}   for the console
#   kubectl delete namespace spoolnet-${topology.name}
#
# The image must be where the cluster finds it: push it to a registry of yours, and render with --image. Keep this file
# to yourself: it holds the administrator's token. Addresses, limits and links are in the topology, which the
# orchestrator reads and tells the sites. Package sources that are not in the image are read from the node (hostPath).
${tlsAdvice(topology, namespaceOf(topology))}---
${manifests.join("---\n")}`;
}

function namespaceOf({ name }: Topology): string {
  return `spoolnet-${name}`;
}

/** The Secrets of certificates are for who has the files to make: no text of a key is in what is rendered. */
function tlsAdvice({ sites }: Topology, namespace: string): string {
  const made = sites.flatMap((plan) => {
    const files = tlsFilesOf(plan).map(([what, here]) => `--from-file=${tlsNames[what]}=${here}`);
    const secret = `kubectl --namespace ${namespace} create secret generic ${tlsSecretOf(plan)}`;
    return files.length === 0 ? [] : [`#   ${secret} ${files.join(" ")}\n`];
  });
  if (made.length === 0) return "";
  return `#
# Each certificate must name its site's Service, like ${nameOf("CEN")}. Once there is the namespace:
${made.join("")}`;
}

function tlsSecretOf({ code }: Pick<SitePlan, "code">): string {
  return `tls-${code.toLowerCase()}`;
}

/** What of its Secret is seen as a volume. */
function tlsVolume(name: string, plan: SitePlan, wanted: readonly (keyof typeof tlsNames)[]) {
  const items = wanted.map((what) => ({ key: tlsNames[what], path: tlsNames[what] }));
  return { name, secret: { secretName: tlsSecretOf(plan), defaultMode: 0o440, items } };
}

/** A name may not begin with a digit, and a site's code may. */
function nameOf(code: string): string {
  return `site-${code.toLowerCase()}`;
}

function siteManifests(rendering: Rendering, plan: SitePlan, namespace: string): Manifest[] {
  const { topology, image } = rendering;
  const name = nameOf(plan.code);
  const labels = { app: "spoolnet", site: name };
  const metadata = { name, namespace, labels };
  const sources = sourcesInside(topology, plan.code);
  const wanted = tlsFilesOf(plan).map(([what]) => what);
  const pod = podOf(sources, wanted.length > 0 ? [tlsVolume("tls", plan, wanted)] : []);
  const probe = { path: "/health", port: "http", ...(plan.tls && { scheme: "HTTPS" }) };
  const container = {
    name: "site",
    image,
    env: environmentOf({
      ...siteEnvironment(plan),
      SPOOLNET_ADMINISTRATOR_TOKEN_FILE: `${tokenFolder}/administrator-token`,
      ...withoutEmpty(tlsFilesIn(tlsFolder, plan)),
    }),
    ports: [{ name: "http", containerPort: port }],
    readinessProbe: { httpGet: probe, periodSeconds: 5 },
    livenessProbe: { httpGet: probe, periodSeconds: 30, failureThreshold: 10 },
    resources: { requests: { cpu: "20m", memory: "96Mi" }, limits: { memory: "384Mi" } },
    securityContext: containerSecurity,
    volumeMounts: [
      { name: "site", mountPath: "/var/lib/spoolnet" },
      { name: "temporary", mountPath: "/tmp" },
      { name: "token", mountPath: tokenFolder, readOnly: true },
      ...(plan.tls ? [{ name: "tls", mountPath: tlsFolder, readOnly: true }] : []),
      ...sources.map(sourceMount),
    ],
  };
  return [
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata,
      spec: {
        serviceName: name,
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { ...pod, containers: [container] },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: "site" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "4Gi" } } },
          },
        ],
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { clusterIP: "None", selector: labels, ports: [{ name: "http", port, targetPort: "http" }] },
    },
    networkPolicy(rendering, plan, metadata),
  ];
}

/** A site is reached by its parent, its children and the orchestrator, and reaches its parent and its children. */
function networkPolicy({ topology }: Rendering, plan: SitePlan, metadata: object): Manifest {
  const neighbours = [
    ...(plan.parent === null ? [] : [plan.parent]),
    ...childrenOf(topology.sites, plan.code).map(({ code }) => code),
  ].map((code) => ({ podSelector: { matchLabels: { app: "spoolnet", site: nameOf(code) } } }));
  const orchestrators = { podSelector: { matchLabels: { app: "spoolnet", role: "orchestrator" } } };
  const ports = [{ protocol: "TCP", port }];
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata,
    spec: {
      podSelector: { matchLabels: { app: "spoolnet", site: nameOf(plan.code) } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [...neighbours, orchestrators], ports }],
      egress: [
        ...(neighbours.length > 0 ? [{ to: neighbours, ports }] : []), // an empty list would mean everybody
        {
          ports: [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
          ],
        },
      ],
    },
  };
}

function orchestrator({ topology, image }: Rendering, namespace: string): Manifest {
  const labels = { app: "spoolnet", role: "orchestrator" };
  const file = insidePath(topology.file).inside;
  const sources = sourcesInside(topology);
  // The authorities alone, where the topology says they are: an orchestrator has no use for a key.
  const authorities = authoritiesInside(topology).flatMap(({ here, inside }, index) => {
    const plan = topology.sites.find(({ tls }) => tls?.authoritiesFile === here);
    const name = `authorities-${index + 1}`;
    return plan ? [{ volume: tlsVolume(name, plan, ["authorities"]), name, inside }] : [];
  });
  const pod = podOf(
    sources,
    authorities.map(({ volume }) => volume),
  );
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "orchestrator", namespace, labels },
    spec: {
      replicas: 1,
      strategy: { type: "Recreate" }, // two at once would tell the sites different secrets
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...pod,
          containers: [
            {
              name: "orchestrator",
              image,
              args: ["spoolnet", "run", file, "--driver", "attached", "--console-port", String(consolePort)],
              env: environmentOf({
                SPOOLNET_ADMINISTRATOR_TOKEN_FILE: `${tokenFolder}/administrator-token`,
                SPOOLNET_SITE_URL: siteUrlTemplate(topology, nameOf("{site}")),
                SPOOLNET_CONSOLE_URL: `http://127.0.0.1:${consolePort}`,
                SPOOLNET_COMMAND: `kubectl --namespace ${namespace} exec deployment/orchestrator -- spoolnet`,
              }),
              resources: { requests: { cpu: "20m", memory: "128Mi" }, limits: { memory: "384Mi" } },
              securityContext: containerSecurity,
              volumeMounts: [
                { name: "temporary", mountPath: "/tmp" },
                { name: "token", mountPath: tokenFolder, readOnly: true },
                { name: "topology", mountPath: file, subPath: "topology.yaml", readOnly: true },
                ...authorities.map(({ name, inside }) => ({
                  ...{ name, mountPath: inside, subPath: tlsNames.authorities, readOnly: true },
                })),
                ...sources.map(sourceMount),
              ],
            },
          ],
          volumes: [...pod.volumes, { name: "topology", configMap: { name: "topology" } }],
        },
      },
    },
  };
}

const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

function podOf(sources: readonly InsidePath[], certificates: readonly ReturnType<typeof tlsVolume>[]) {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: userId,
      runAsGroup: userId,
      fsGroup: userId,
      seccompProfile: { type: "RuntimeDefault" },
    },
    volumes: [
      { name: "temporary", emptyDir: {} },
      { name: "token", secret: { secretName: "administrator-token", defaultMode: 0o440 } },
      ...certificates,
      ...sources.map(({ here }, index) => ({
        name: `source-${index + 1}`,
        hostPath: { path: here, type: "Directory" },
      })),
    ],
  };
}

function sourceMount({ inside }: InsidePath, index: number) {
  return { name: `source-${index + 1}`, mountPath: inside, readOnly: true };
}

function withoutEmpty(all: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

function environmentOf(all: Readonly<Record<string, string>>) {
  return Object.entries(all).map(([name, value]) => ({ name, value }));
}
