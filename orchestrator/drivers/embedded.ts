/**
 * Sites in this process, each with its own folder and its own port on loopback. The only file of the
 * orchestrator that imports a site.
 */
import { join } from "node:path";

import { startSite } from "../../site-image/site.ts";
import { Failure } from "../failure.ts";
import type { Driver } from "./driver.ts";

export const embeddedDriver: Driver = {
  name: "embedded",
  async startSite(plan, { root, administratorToken, clock }) {
    const folder = join(root, plan.code);
    try {
      return await startSite({
        code: plan.code,
        name: plan.name,
        type: plan.type,
        parent: plan.parent,
        timeZone: plan.timeZone,
        distributionPoints: [...plan.distributionPoints],
        clientAccessPoints: [...plan.clientAccessPoints],
        managementPoints: [...plan.managementPoints],
        root: folder,
        host: "127.0.0.1",
        port: 0,
        administratorToken,
        clock,
      });
    } catch (cause) {
      throw new Failure("environment", `cannot start site ${plan.code} in ${folder}`, { cause });
    }
  },
};
