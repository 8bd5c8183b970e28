/**
 * A site as a service of a Docker swarm: what docker/site-container.ts says, in the words of a service. Pure.
 */
import type { CreateServiceOptions } from "dockerode";

import { siteEnvironment } from "../../site-environment.ts";
import type { SitePlan } from "../../topology/plan.ts";
import { engineName, hostName, type Labels, siteLabels } from "../docker/labels.ts";
import {
  memoryBytes,
  mostProcesses,
  sitePort,
  tlsFilesIn,
  tokenName,
  userId,
  volumeFolder,
} from "../docker/site-container.ts";
import { sourceMounts } from "../docker/source-mounts.ts";

const secretFolder = "/run/secrets";
export const secretFile = `${secretFolder}/${tokenName}`;

/** Of the swarm, and the file that the site sees it as. */
export type SiteSecret = { readonly id: string; readonly name: string; readonly file: string };

export type SiteService = {
  readonly hierarchy: string;
  readonly plan: SitePlan;
  readonly image: string;
  readonly port: number;
  readonly labels: Labels;
  readonly sources: readonly string[];
  readonly networkId: string;
  readonly secrets: readonly SiteSecret[];
  /** PEM of what is believed of the site; undefined where it has no certificate, or one of those that Node knows. */
  readonly authorities?: string | undefined;
  /** The node that holds the site's volume from now on. */
  readonly nodeId: string;
};

export function serviceOptions(site: SiteService): CreateServiceOptions {
  const { hierarchy, plan, image, port, sources, networkId, secrets, nodeId } = site;
  const name = engineName(hierarchy, plan.code);
  const environment = {
    ...siteEnvironment(plan),
    SPOOLNET_ADMINISTRATOR_TOKEN_FILE: secretFile,
    ...tlsFilesIn(secretFolder, plan),
  };
  const own = { ...site.labels, ...siteLabels(plan, port, site.authorities) };
  return {
    Name: name,
    Labels: own,
    Mode: { Replicated: { Replicas: 1 } },
    TaskTemplate: {
      ContainerSpec: {
        Image: image,
        User: `${userId}:${userId}`,
        Hostname: hostName(plan.code),
        Labels: own,
        Env: Object.entries(environment).map(([key, value]) => `${key}=${value}`),
        Init: true,
        ReadOnly: true,
        CapabilityDrop: ["ALL"],
        Privileges: { NoNewPrivileges: true }, // engines before 25 do not know it, and have no other way
        StopGracePeriod: 10_000_000_000, // nanoseconds
        // A swarm tells the others where a task is only when it is healthy, and kills one that is not: on a machine
        // that is busy starting sites, that would be many. Who ends is started again all the same.
        HealthCheck: { Test: ["NONE"] },
        Mounts: [
          { Type: "tmpfs", Target: "/tmp" },
          {
            Type: "volume",
            Source: name,
            Target: volumeFolder,
            VolumeOptions: {
              NoCopy: false,
              Labels: { ...site.labels },
              DriverConfig: { Name: "local", Options: {} },
            },
          },
          ...sourceMounts(sources),
        ],
        Secrets: secrets.map(({ id, name: secretName, file }) => ({
          SecretID: id,
          SecretName: secretName,
          File: { Name: file, UID: String(userId), GID: String(userId), Mode: 0o400 },
        })),
      },
      Resources: { Limits: { MemoryBytes: memoryBytes, Pids: mostProcesses } },
      RestartPolicy: { Condition: "any", Delay: 5_000_000_000 },
      Placement: { Constraints: [`node.id==${nodeId}`] },
      Networks: [{ Target: networkId, Aliases: [hostName(plan.code)] }],
    },
    EndpointSpec: {
      Mode: "dnsrr", // a virtual address would need IPVS, which not every kernel has
      Ports: [{ Protocol: "tcp", TargetPort: sitePort, PublishedPort: port, PublishMode: "host" }],
    },
  } as CreateServiceOptions; // its types know neither capabilities nor limits of processes
}
