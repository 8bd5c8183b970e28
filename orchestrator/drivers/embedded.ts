/**
 * Sites in this process, each with its own folder and its own port on loopback. The only file of the
 * orchestrator that imports a site. One of them cannot be killed: processes.ts is for that.
 */
import { join } from "node:path";

import { startSite } from "../../site-image/site.ts";
import { Failure, systemCodeOf } from "../failure.ts";
import { checkCertificateNames, tlsTexts } from "../site-tls.ts";
import type { Driver } from "./driver.ts";

const host = "127.0.0.1";

export const embeddedDriver: Driver = {
  name: "embedded",
  keepsFolders: true,
  isLabelled: false,
  startsAtOnce: 1, // they share one thread
  async open(topology, { root, administratorToken, clock }) {
    await checkCertificateNames(topology.sites, () => [host]);
    return {
      async startSite(plan, lastUrl) {
        const folder = join(root, plan.code);
        const tls = await tlsTexts(plan);
        const start = (port: number) =>
          startSite({
            code: plan.code,
            name: plan.name,
            type: plan.type,
            parent: plan.parent,
            timeZone: plan.timeZone,
            distributionPoints: [...plan.distributionPoints],
            clientAccessPoints: [...plan.clientAccessPoints],
            managementPoints: [...plan.managementPoints],
            senders: plan.senders,
            intake: plan.intake,
            root: folder,
            host,
            port,
            administratorToken,
            tls,
            clock,
          });
        try {
          const site = await start(portOf(lastUrl)).catch((error: unknown) => {
            if (lastUrl === undefined || systemCodeOf(error) !== "EADDRINUSE") throw error;
            return start(0); // something else has the port of the last run by now
          });
          const { code, url } = site;
          return {
            code,
            url,
            authorities: tls?.authority,
            [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
          };
        } catch (cause) {
          throw new Failure("environment", `cannot start site ${plan.code} in ${folder}`, { cause });
        }
      },
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

/** 0, for any free port, where the site has not run before. */
function portOf(url: string | undefined): number {
  return url === undefined ? 0 : Number(new URL(url).port);
}
