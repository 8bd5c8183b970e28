/**
 * A topology as a stack for `docker stack deploy`: a service a site over an overlay network, the administrator's token
 * as a secret, the topology as a config. Pure.
 */
import { stringify } from "yaml";

import { tlsFilesIn, tlsNames } from "../drivers/docker/site-container.ts";
import { siteEnvironment } from "../site-environment.ts";
import type { SitePlan } from "../topology/plan.ts";
import {
  authoritiesInside,
  insidePath,
  type Rendering,
  siteMemory,
  siteUrlTemplate,
  sourcesInside,
  tlsFilesOf,
  topologyName,
  userId,
} from "./rendered.ts";

const tokenFile = "/run/secrets/administrator-token";

export function swarmStack({ topology, image }: Rendering): string {
  const secret = `spoolnet-${topology.name}-token`;
  const file = insidePath(topology.file);
  const configs = [
    ...(file.isInImage ? [] : [["topology", file] as const]),
    ...authoritiesInside(topology).map((one, index) => [`authorities-${index + 1}`, one] as const),
  ];
  const bind = ({ here, inside }: { here: string; inside: string }) => ({
    type: "bind",
    source: here,
    target: inside,
    read_only: true,
  });
  const container = {
    image,
    init: true,
    user: `${userId}:${userId}`,
    read_only: true,
    cap_drop: ["ALL"],
    networks: ["sites"],
    secrets: [{ source: "administrator-token", mode: 0o444 }],
  };
  const temporary = { type: "tmpfs", target: "/tmp" };
  const site = (plan: SitePlan) => ({
    ...container,
    environment: {
      ...siteEnvironment(plan),
      SPOOLNET_ADMINISTRATOR_TOKEN_FILE: tokenFile,
      ...tlsFilesIn("/run/secrets", plan),
    },
    secrets: [...container.secrets, ...tlsFilesOf(plan).map(([what]) => tlsSecret(plan, what))],
    volumes: [
      temporary,
      { type: "volume", source: plan.code.toLowerCase(), target: "/var/lib/spoolnet" },
      ...sourcesInside(topology, plan.code).map(bind),
    ],
    deploy: {
      // Each name leads to the one task itself: a virtual address needs IPVS, which not every kernel has.
      endpoint_mode: "dnsrr",
      resources: { limits: { memory: siteMemory } },
      restart_policy: { condition: "any", delay: "5s" },
      placement: { constraints: ["node.role == manager"] },
    },
  });
  const orchestrator = {
    ...container,
    command: ["spoolnet", "run", file.inside, "--driver", "attached"],
    environment: {
      SPOOLNET_ADMINISTRATOR_TOKEN_FILE: tokenFile,
      SPOOLNET_SITE_URL: siteUrlTemplate(topology),
    },
    healthcheck: { disable: true },
    volumes: [
      temporary,
      { type: "tmpfs", target: "/var/lib/spoolnet" },
      ...sourcesInside(topology).map(bind),
    ],
    ...(configs.length > 0 && {
      configs: configs.map(([source, { inside }]) => ({ source, target: inside })),
    }),
    deploy: { endpoint_mode: "dnsrr", restart_policy: { condition: "any", delay: "10s" } },
  };
  const stack = {
    services: {
      ...Object.fromEntries(topology.sites.map((plan) => [plan.code.toLowerCase(), site(plan)])),
      orchestrator,
    },
    networks: { sites: { driver: "overlay" } },
    volumes: Object.fromEntries(topology.sites.map(({ code }) => [code.toLowerCase(), {}])),
    secrets: {
      "administrator-token": { external: true, name: secret },
      ...Object.fromEntries(topology.sites.flatMap(tlsSecrets)),
    },
    ...(configs.length > 0 && {
      configs: Object.fromEntries(configs.map(([name, { here }]) => [name, { file: here }])),
    }),
  };
  return `# ${topologyName(topology)} as a Docker stack. Made by
#   npx spoolnet render ${topologyName(topology)} --to swarm --output stack.yaml
#
#   docker swarm init                                              once, where this is no swarm yet
#   openssl rand -hex 32 | docker secret create ${secret} -
#   docker stack deploy --detach=true --compose-file stack.yaml spoolnet-${topology.name}
#   docker service logs --follow spoolnet-${topology.name}_orchestrator
#   docker stack rm spoolnet-${topology.name}; docker secret rm ${secret}
#
# The image must be on every node: push it to a registry of yours, and render with --image. A site's volume is on the
# node where the site first ran: the constraint below keeps it there where one node is the manager; on a swarm of
# several, name the node of each site (node.hostname == ...). No port is published: a service publishes on all
# addresses of a node, never on loopback only. Addresses, limits and links are not here: the orchestrator reads them in
# the topology and tells the sites.

${stringify(stack, { version: "1.1", aliasDuplicateObjects: false, lineWidth: 0 })}`;
}

/** As a service sees one; its user alone may read it. */
function tlsSecret(plan: SitePlan, what: keyof typeof tlsNames) {
  const own = String(userId);
  return { source: secretName(plan, what), target: tlsNames[what], uid: own, gid: own, mode: 0o400 };
}

/** By the paths of their files, which `docker stack deploy` reads. */
function tlsSecrets(plan: SitePlan): [string, { file: string }][] {
  return tlsFilesOf(plan).map(([what, file]) => [secretName(plan, what), { file }]);
}

function secretName({ code }: SitePlan, what: string): string {
  return `${code.toLowerCase()}-${what}`;
}
