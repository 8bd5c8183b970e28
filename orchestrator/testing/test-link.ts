/**
 * A link of a hierarchy under test, in both directions.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import { formatByteRate, parseByteRate, parseTimeSpan, rateUnitNames } from "../../domain/quantity.ts";
import { Failure } from "../failure.ts";
import { cutLink, slowedTo } from "../link-change.ts";
import { builtInCircuits, type Circuits } from "../topology/circuits.ts";
import type { Fault } from "./fault.ts";
import type { LinkFaults } from "./link-faults.ts";

export type Slowness = {
  /**
   * With its unit, like `64 kbit/s` or `10 KB/s`, or the name of a circuit, like `isdn-64k`, for what that carries;
   * shared by all transfers of one direction. Default: as declared.
   */
  readonly bandwidth?: string;
  /** One way, with its unit, like `300 ms`, emulated. Default: as declared. */
  readonly latency?: string;
};

export class TestLink {
  readonly #pair: readonly [SiteCode, SiteCode];
  readonly #faults: LinkFaults;
  readonly #circuits: Circuits;

  constructor(pair: readonly [SiteCode, SiteCode], faults: LinkFaults, circuits: Circuits) {
    this.#pair = pair;
    this.#faults = faults;
    this.#circuits = circuits;
  }

  /** Nothing goes over it, and what is on its way stops. Resolves once both sites keep to it. */
  async cut(): Promise<Fault> {
    return await this.#faults.begin({ pair: this.#pair, change: cutLink, words: "is cut" });
  }

  /** `slow("64 kbit/s")` or `slow("isdn-64k")`, or with a latency: `slow({ bandwidth: "64 kbit/s", latency: "300 ms" })`. */
  async slow(how: string | Slowness): Promise<Fault> {
    const { bandwidth, latency } = typeof how === "string" ? { bandwidth: how, latency: undefined } : how;
    const circuits = { ...builtInCircuits, ...this.#circuits };
    const speed = (text: string) => circuits[text]?.bytesPerSecond ?? parseByteRate(text);
    const names = Object.keys(circuits).join(", ");
    const rate = `a rate with its unit (${rateUnitNames}) or the name of a circuit (${names})`;
    const bytesPerSecond = read(bandwidth, speed, rate);
    const latencyMs = read(latency, parseTimeSpan, "a time with its unit, like 300 ms");
    if (bytesPerSecond === undefined && latencyMs === undefined) {
      throw new Failure("usage", `${this.#words()}: expected a bandwidth, a latency or both, found neither`);
    }
    const words = [
      ...(bytesPerSecond === undefined ? [] : [formatByteRate(bytesPerSecond)]),
      ...(latencyMs === undefined ? [] : [`a latency of ${latencyMs} ms`]),
    ];
    return await this.#faults.begin({
      pair: this.#pair,
      change: slowedTo(bytesPerSecond, latencyMs),
      words: `is slowed to ${words.join(" and ")}`,
    });
  }

  #words(): string {
    return `the link between ${this.#pair.join(" and ")}`;
  }
}

function read(
  text: string | undefined,
  parse: (text: string) => number | undefined,
  expected: string,
): number | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value !== undefined && value > 0) return value;
  throw new Failure("usage", `expected ${expected}, found "${text}"`);
}
