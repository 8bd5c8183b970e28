/**
 * The recorder at every receiver, for sites in containers: follows the standard output of each container of the image
 * under test from its start to its end, and has what the sites of one network recorded checked together.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { z } from "zod";

import { senderComponent } from "../../domain/address.ts";
import { requestId, type SiteCode, siteCode } from "../../domain/identifiers.ts";
import { senderType } from "../../domain/package.ts";
import { type SendingStart, type TrafficRecord, trafficRecord } from "../support/traffic.ts";
import { assertAllowed } from "../support/traffic-recorder.ts";

const execute = promisify(execFile);

const started = z.object({ id: z.string(), timeNano: z.number() });
const recorded = z.object({ recorded: trafficRecord });
const sendingLine = z.object({
  time: z.string().transform(Date.parse),
  site: siteCode,
  component: z.string(),
  request: requestId,
  text: z.string().startsWith("Sending Started"),
});

/** Of one network. */
type Seen = { readonly records: TrafficRecord[]; readonly sendings: SendingStart[] };

export class ContainerRecorder {
  readonly #events: ChildProcess;
  readonly #networks = new Map<string, Seen>();
  readonly #ended: Promise<void>[] = [];
  #containers = 0;

  constructor(image: string) {
    const filters = ["type=container", "event=start"].flatMap((filter) => ["--filter", filter]);
    this.#events = spawn("docker", ["events", ...filters, "--format", "{{json .}}"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = lines(this.#events, (line) => {
      const event: { from?: string } = JSON.parse(line);
      if (event.from === image) this.#ended.push(this.#follow(started.parse(event)));
    });
    this.#ended.push(ended);
  }

  /** Ends the recording. Throws where a byte came that no address allowed, or where it is blind. */
  async end(): Promise<string> {
    this.#events.kill();
    for (const ended of this.#ended) await ended; // containers that tests have left behind are none of ours to wait for
    let bytes = 0;
    for (const seen of this.#networks.values()) {
      assertAllowed(seen);
      const arrivals = seen.records.filter((record) => record.kind === "arrival");
      if (seen.sendings.length > 0 && arrivals.length === 0)
        throw new Error("sites in containers have sent, and the recorder saw nothing arrive");
      for (const arrival of arrivals) bytes += arrival.bytes;
    }
    return `the recorder saw ${bytes} bytes arrive in ${this.#containers} containers, all of them as their addresses allow`;
  }

  async #follow({ id, timeNano }: z.infer<typeof started>): Promise<void> {
    const network = await networkOf(id);
    if (network === undefined) return;
    this.#containers++;
    const seen = this.#networks.get(network) ?? { records: [], sendings: [] };
    this.#networks.set(network, seen);
    const since = `${Math.floor(timeNano / 1e9)}.${String(timeNano % 1e9).padStart(9, "0")}`;
    const logs = spawn("docker", ["logs", "--follow", "--since", since, id], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    let site: SiteCode | undefined;
    await lines(logs, (line) => {
      if (line.startsWith('{"recorded":')) {
        const { recorded: record } = recordedIn(line);
        if (record.kind === "news") site = record.site;
        seen.records.push(record.kind === "standstill" && site ? { ...record, site } : record);
      } else if (line.includes("Sending Started")) {
        const sending = sendingIn(line);
        if (sending) seen.sendings.push(sending);
      }
    });
  }
}

function recordedIn(line: string) {
  return recorded.parse(JSON.parse(line));
}

function sendingIn(line: string): SendingStart | undefined {
  const { time, site, component, request } = sendingLine.parse(JSON.parse(line));
  const sender = senderType.options.find((type) => senderComponent[type] === component);
  return sender && { from: site, request, sender, realMs: time, takenMs: time };
}

/** Undefined where the container is gone already. */
async function networkOf(id: string): Promise<string | undefined> {
  const format = "{{range .NetworkSettings.Networks}}{{.NetworkID}}{{end}}";
  try {
    return (await execute("docker", ["inspect", "--format", format, id])).stdout.trim();
  } catch {
    return undefined;
  }
}

async function lines(child: ChildProcess, take: (line: string) => void): Promise<void> {
  if (!child.stdout) return;
  for await (const line of createInterface({ input: child.stdout })) take(line);
}
