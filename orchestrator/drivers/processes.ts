/**
 * Each site as a process of its own on this machine, with its own folder and its own port on loopback: what
 * `embedded` is, for where a site is killed, stopped or paused while the others go on. The processes end with the one
 * that started them.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Failure } from "../failure.ts";
import { siteEnvironment } from "../site-environment.ts";
import { authoritiesOf, checkCertificateNames, schemeOf, tlsEnvironment } from "../site-tls.ts";
import type { SitePlan } from "../topology/plan.ts";
import type { WallClock } from "../wall-clock.ts";
import type { Driver, HierarchySettings, RunningSite, SitePower } from "./driver.ts";
import { FreePorts } from "./free-ports.ts";
import { siteAnswers } from "./site-answers.ts";

/** Of this file and so of its neighbours: TypeScript in a checkout, JavaScript in a package (scripts/build.ts). */
const extension = extname(import.meta.url);
const main = fileURLToPath(import.meta.resolve(`../../site-image/main${extension}`));
const endWithParent = import.meta.resolve(`./end-with-parent${extension}`);

/** As the image runs a site, so that one needs as little memory and disturbs the others as little here. */
const sparing = ["--max-semi-space-size=8", "--max-old-space-size=192", "--v8-pool-size=1"];

/**
 * As many threads as files are flushed at a time: a disk that is asked for 16 flushes at once did 10,000 in a third of
 * the time that it took for 4.
 */
const threads = "16";

const host = "127.0.0.1";

/** How much of what a site that ended by itself has said is shown. */
const shownCharacters = 600;

type Options = {
  readonly wallClock: WallClock;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

export function processesDriver(options: Options): Driver {
  return {
    name: "processes",
    keepsFolders: true,
    isLabelled: false,
    startsAtOnce: 4,
    async open(topology, settings) {
      await checkCertificateNames(topology.sites, () => [host]);
      const ports = new FreePorts();
      const tokenFile = join(settings.root, "administrator-token");
      await writeToken(tokenFile, settings.administratorToken);
      return {
        async startSite(plan, lastUrl) {
          const port = lastUrl === undefined ? await ports.next() : Number(new URL(lastUrl).port);
          const authorities = await authoritiesOf(plan);
          const site = new SiteProcess({ plan, port, tokenFile, authorities, settings, options });
          try {
            await site.start();
          } catch (error) {
            await site[Symbol.asyncDispose]();
            throw error;
          }
          return site;
        },
        [Symbol.asyncDispose]: () => rm(tokenFile, { force: true }),
      };
    },
  };
}

/** In a file of ours alone rather than in an environment, which `ps` shows. */
async function writeToken(file: string, token: string): Promise<void> {
  try {
    await rm(file, { force: true }); // it would keep the mode it had
    await writeFile(file, `${token}\n`, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    throw new Failure("environment", `cannot write the administrator's token to ${file}`, { cause });
  }
}

type Parts = {
  readonly plan: SitePlan;
  readonly port: number;
  readonly tokenFile: string;
  readonly authorities: string | undefined;
  readonly settings: HierarchySettings;
  readonly options: Options;
};

class SiteProcess implements RunningSite, SitePower {
  readonly code: SitePlan["code"];
  readonly url: string;
  readonly authorities: string | undefined;
  readonly power: SitePower = this;
  readonly #parts: Parts;
  #child: ChildProcess | undefined;
  #isFirst = true;

  constructor(parts: Parts) {
    const { plan, port, authorities } = parts;
    this.code = plan.code;
    this.url = `${schemeOf(plan)}://${host}:${port}`;
    this.authorities = authorities;
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (this.#child) return;
    const { settings, options } = this.#parts;
    const { administratorToken, signal } = settings;
    const { wallClock } = options;
    const child = spawn(process.execPath, [...sparing, "--import", endWithParent, main], {
      env: this.#environment(),
      stdio: ["ignore", "pipe", "pipe", "ipc"], // the channel tells the site when this process is gone
    });
    this.#child = child;
    this.#isFirst = false;
    let said = "";
    const listen = (text: Buffer) => {
      said = (said + text).slice(-shownCharacters);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    const isOver = new AbortController();
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
      isOver.abort(
        new Failure("environment", `site ${this.code} ended as soon as it was started: ${said.trim()}`),
      );
    });
    await siteAnswers({
      ...{ code: this.code, url: this.url, authorities: this.authorities },
      ...{ administratorToken, wallClock, everyMs: 50 },
      signal: AbortSignal.any([signal, isOver.signal]),
    });
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.resume(); // it would hear of it only then
    await this.#end("SIGTERM");
  }

  async pause(): Promise<void> {
    this.#child?.kill("SIGSTOP");
  }

  async resume(): Promise<void> {
    this.#child?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  #environment(): NodeJS.ProcessEnv {
    const { plan, port, tokenFile, settings, options } = this.#parts;
    const { root, clock } = settings;
    const { SPOOLNET_ADMINISTRATOR_TOKEN: _token, ...environment } = options.environment;
    const { certificateFile: certificate, keyFile: key, authoritiesFile: authorities = "" } = plan.tls ?? {};
    return {
      UV_THREADPOOL_SIZE: threads,
      ...environment,
      ...siteEnvironment(plan),
      ...tlsEnvironment(certificate && key ? { certificate, key, authorities } : undefined),
      SPOOLNET_ROOT: join(root, this.code),
      SPOOLNET_HOST: host,
      SPOOLNET_PORT: String(port),
      SPOOLNET_ADMINISTRATOR_TOKEN_FILE: tokenFile,
      // Started again, it goes by the clock it was told last.
      ...(this.#isFirst ? { SPOOLNET_CLOCK: JSON.stringify(clock) } : {}),
    };
  }
}
