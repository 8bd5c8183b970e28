/**
 * A topology as a compose file: a container a site, and one for the orchestrator, which attaches the sites, puts the
 * packages in and shows them travel. Written as text rather than from an object, because it is made to be read. Pure.
 */
import { stringify } from "yaml";

import { tlsFilesIn, tlsNames } from "../drivers/docker/site-container.ts";
import { siteEnvironment } from "../site-environment.ts";
import { schemeOf } from "../site-tls.ts";
import type { SitePlan } from "../topology/plan.ts";
import {
  authoritiesInside,
  folderOf,
  insidePath,
  pathFrom,
  type Rendering,
  siteMemory,
  siteUrlTemplate,
  sourcesInside,
  tlsFilesOf,
  topologyName,
  userId,
} from "./rendered.ts";

/** The console's port on loopback, and the first site's; the other sites follow. */
const consolePort = 20_030;
const firstPort = 20_031;

export function composeFile({ topology, image }: Rendering): string {
  const folder = folderOf(topology);
  const file = insidePath(topology.file);
  const mount = ({ here, inside }: { here: string; inside: string }) =>
    JSON.stringify(`${pathFrom(folder, here)}:${inside}:ro`);
  const orchestratorMounts = [
    '"token:/run/spoolnet:ro"',
    ...(file.isInImage ? [] : [mount(file)]),
    ...sourcesInside(topology).map(mount),
    ...authoritiesInside(topology).map(mount),
  ];
  const [central] = topology.sites;
  if (!central) throw new Error("a topology has a central site");
  const sites = topology.sites.map((plan, index) =>
    siteService(plan, firstPort + index, sourcesInside(topology, plan.code).map(mount)),
  );
  const services = topology.sites.map(serviceName);
  const isBuiltHere = file.isInImage;
  return `# ${topologyName(topology)} as containers: one for each site, and one for the orchestrator, which attaches the sites,
# puts the packages in and shows them travel, in the browser too. Made by
#   npx spoolnet render ${topologyName(topology)} --to compose
#
#   docker compose up                                             Ctrl-C stops it; up again goes on where it was
#   docker compose up --build                                     after the code has changed
#   docker compose logs orchestrator | grep console               the address of the console, with its token
#   docker compose exec orchestrator spoolnet trace <package>     the story of a package, by its id or name
#   docker compose exec orchestrator spoolnet --help
#   docker compose down                                           removes the containers; down -v the sites' folders too
#
# From this machine, the SMS Provider of ${central.code}:
#   curl -H "Authorization: Bearer $(docker compose exec orchestrator cat /run/spoolnet/administrator-token)" \\
#     ${schemeOf(central)}://127.0.0.1:${firstPort}/AdminService/wmi/SMS_Package
#
${topology.sites.some(({ tls }) => tls) ? keyAdvice : ""}# Emulated time goes on while the containers are stopped, as it would for sites that are down. Addresses, limits and
# links are not here: the orchestrator reads them in the topology and tells the sites.

name: spoolnet-${topology.name}

# What all containers have in common. They run as the image's own user, and write to their volumes and /tmp only.
x-container: &container
  image: \${SPOOLNET_IMAGE:-${image}}
${isBuiltHere ? "  build: .\n  pull_policy: never # it is in no registry: built where it is missing\n" : ""}  init: true
  user: "${userId}:${userId}"
  read_only: true
  tmpfs: /tmp
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  networks: [sites]

x-site: &site
  <<: *container
  mem_limit: ${siteMemory} # what a site that carries large files uses at most, and as much again for the page cache
  # Asked seldom enough that the answers cost less than 1 % of a core.
  healthcheck: { interval: 5s, timeout: 5s, retries: 3 }

# The first site to come makes the token; the orchestrator starts when all are healthy, and reads it.
x-environment: &environment
  SPOOLNET_ADMINISTRATOR_TOKEN_FILE: /run/spoolnet/administrator-token

services:
${sites.join("\n")}
  orchestrator:
    <<: *container
    command: [spoolnet, run, ${scalar(file.inside.replace("/opt/spoolnet/", ""))}, --driver, attached, --console-port, "2004"]
    environment:
      <<: *environment
      SPOOLNET_SITE_URL: ${siteUrlTemplate(topology)}
      # What it suggests is for who reads it, outside.
      SPOOLNET_COMMAND: docker compose exec orchestrator spoolnet
      SPOOLNET_CENTRAL_URL: ${schemeOf(central)}://127.0.0.1:\${SPOOLNET_PORT_${central.code}:-${firstPort}}
      SPOOLNET_CONSOLE_URL: http://127.0.0.1:\${SPOOLNET_CONSOLE_PORT:-${consolePort}}
    ports: ["127.0.0.1:\${SPOOLNET_CONSOLE_PORT:-${consolePort}}:2004"]
    healthcheck: { disable: true } # the image's asks a site
    tmpfs: [/tmp, /var/lib/spoolnet] # no volume: what it knows, the sites know
    volumes: [${orchestratorMounts.join(", ")}]
    depends_on:
${services.map((name) => `      ${name}: { condition: service_healthy }`).join("\n")}

networks:
  sites:

volumes:
${[...services, "token"].map((name) => `  ${name}:`).join("\n")}
${secretsOf(topology, folder)}`;
}

const keyAdvice = `# Certificates and keys are files of this machine (secrets, below) that the containers see: a key must be readable by
# user ${userId}, who they run as, and should be by nobody else. Each certificate must name its site's service, like cen.
#
`;

function secretName({ code }: SitePlan, what: string): string {
  return scalar(`${code.toLowerCase()}-${what}`);
}

/** By the paths of their files: no text of a key is ever in what is rendered. */
function secretsOf({ sites }: Rendering["topology"], folder: string): string {
  const lines = sites.flatMap((plan) =>
    tlsFilesOf(plan).map(
      ([what, here]) => `  ${secretName(plan, what)}: { file: ${JSON.stringify(pathFrom(folder, here))} }\n`,
    ),
  );
  return lines.length === 0 ? "" : `\nsecrets:\n${lines.join("")}`;
}

function siteService(plan: SitePlan, port: number, mounts: readonly string[]): string {
  const name = serviceName(plan);
  const tls = tlsFilesOf(plan);
  const secrets = tls.map(([what]) => `{ source: ${secretName(plan, what)}, target: ${tlsNames[what]} }`);
  const environment = Object.entries({ ...siteEnvironment(plan), ...tlsFilesIn("/run/secrets", plan) })
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `      ${key}: ${scalar(value)}`);
  const volumes = [`"${plan.code.toLowerCase()}:/var/lib/spoolnet"`, '"token:/run/spoolnet"', ...mounts];
  return `  ${name}:
    <<: *site
    environment:
      <<: *environment
${environment.join("\n")}
    ports: ["127.0.0.1:\${SPOOLNET_PORT_${plan.code}:-${port}}:2003"]
    volumes: [${volumes.join(", ")}]
${secrets.length === 0 ? "" : `    secrets: [${secrets.join(", ")}]\n`}`;
}

/** A code like 007 is a number to YAML, as a key too. */
function serviceName({ code }: SitePlan): string {
  return scalar(code.toLowerCase());
}

function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trim();
}
