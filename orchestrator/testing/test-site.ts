/**
 * A site of a hierarchy under test: ended for a while, and looked at.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { SendRequestStatus } from "../../domain/send-request.ts";
import type { SitePower } from "../drivers/driver.ts";
import type { SiteSwitches } from "../scenario/site-switches.ts";
import type { SiteClient } from "../site-client.ts";
import { type Fault, faultUntil } from "./fault.ts";
import type { LinkFaults } from "./link-faults.ts";

type Deps = {
  readonly client: SiteClient;
  readonly switches: SiteSwitches;
  readonly links: LinkFaults;
  readonly isOver: () => boolean;
};

export class TestSite {
  readonly code: SiteCode;
  /** The base URL of its HTTP faces: the SMS Provider, the SMS_SITE share, the shares of its distribution points. */
  readonly url: string;
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.code = deps.client.code;
    this.url = deps.client.url;
    this.#deps = deps;
  }

  /**
   * SIGKILL: nothing in hand is finished. Resolves once it is gone; the end of the fault starts it again and resolves
   * once it answers. Rejects where the driver cannot end a site by itself, as `embedded` cannot.
   */
  async killed(): Promise<Fault> {
    return await this.#off("kill", "start");
  }

  /** In good order; else as `killed`. */
  async stopped(): Promise<Fault> {
    return await this.#off("stop", "start");
  }

  /** It neither works nor answers, and its connections stay open. */
  async paused(): Promise<Fault> {
    return await this.#off("pause", "resume");
  }

  /** What it is sending or has waiting, in the order in which it goes, each with why it waits. */
  async sendRequests(): Promise<readonly SendRequestStatus[]> {
    return await this.#deps.client.sendRequests();
  }

  async #off(begin: keyof SitePower, end: keyof SitePower): Promise<Fault> {
    const { switches, links, isOver } = this.#deps;
    await switches.turn(this.code, begin);
    return faultUntil(async () => {
      if (isOver()) return; // the whole hierarchy ends, and this site with it
      await switches.turn(this.code, end);
      await links.tell(this.code);
    });
  }
}
