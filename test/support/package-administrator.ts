/**
 * An administrator who wants something done and asks until it is: the central site may be killed before a request,
 * in the middle of it, or after it was carried out and before the answer. So each look comes before each request.
 */
import type { PackageId } from "../../domain/identifiers.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { SiteAway, type SiteProcess } from "./site-processes.ts";

/** Where content of a package should be. */
export type Point = readonly [site: string, server: string];

type Instance = { readonly PackageID: PackageId; readonly Name: string; readonly SourceVersion: number };
type PointInstance = { readonly PackageID: string; readonly SiteCode: string; readonly ServerName: string };

type RequestInstance = { readonly RequestID: string; readonly Held: boolean };

/** While the site is away. */
const askAgainAfterMs = 30;

export class PackageAdministrator {
  readonly #site: SiteProcess;
  readonly #signal: AbortSignal;

  constructor(site: SiteProcess, signal: AbortSignal) {
    this.#site = site;
    this.#signal = signal;
  }

  async make(name: string, more: object, points: readonly Point[]): Promise<PackageId> {
    const DistributionPoints = points.map(([SiteCode, ServerName]) => ({ SiteCode, ServerName }));
    return await this.#until(
      async () => (await this.#packages()).find(({ Name }) => Name === name)?.PackageID,
      () => this.#site.ask("POST", "SMS_Package", { Name: name, ...more, DistributionPoints }),
    );
  }

  /** Has the `version`-th version taken from the source folder; the one before must be the present one. */
  async refresh(id: PackageId, version: number): Promise<void> {
    await this.#until(
      async () =>
        (await this.#packages()).some((held) => held.PackageID === id && held.SourceVersion === version) ||
        undefined,
      () => this.#site.ask("POST", `SMS_Package('${id}')/AdminService.RefreshPkgSource`),
    );
  }

  async remove(id: PackageId): Promise<void> {
    await this.#until(
      async () => (await this.#packages()).every((held) => held.PackageID !== id) || undefined,
      () => this.#site.ask("DELETE", `SMS_Package('${id}')`),
    );
  }

  async addPoint(id: PackageId, [SiteCode, ServerName]: Point): Promise<void> {
    await this.#until(
      async () => (await this.#hasPoint(id, ServerName)) || undefined,
      () => this.#site.ask("POST", "SMS_DistributionPoint", { PackageID: id, SiteCode, ServerName }),
    );
  }

  async removePoint(id: PackageId, [SiteCode, ServerName]: Point): Promise<void> {
    const keys = `PackageID='${id}',SiteCode='${SiteCode}',ServerName='${ServerName}'`;
    await this.#until(
      async () => !(await this.#hasPoint(id, ServerName)) || undefined,
      () => this.#site.ask("DELETE", `SMS_DistributionPoint(${keys})`),
    );
  }

  /** Holds what is or will be sent next, and releases it again. Nothing, where nothing waits. */
  async holdAWhile(): Promise<void> {
    const unlessOver = async (action: string, id: string) => {
      const answer = await this.#site.ask("POST", `SMS_SendRequest('${id}')/AdminService.${action}`);
      return answer.status === 404 || answer.status === 409 ? { ...answer, status: 204 } : answer; // it has ended
    };
    let first: RequestInstance | undefined;
    const held = await this.#until(
      async () => {
        const requests = await this.#list<RequestInstance>("SMS_SendRequest");
        first = requests.find(({ Held }) => Held) ?? requests[0];
        return first?.Held || !first ? { request: first } : undefined;
      },
      () => unlessOver("Hold", first?.RequestID ?? ""),
    );
    const id = held.request?.RequestID;
    if (id === undefined) return;
    const isHeld = ({ RequestID, Held }: RequestInstance) => RequestID === id && Held;
    await this.#until(
      async () => !(await this.#list<RequestInstance>("SMS_SendRequest")).some(isHeld) || undefined,
      () => unlessOver("Release", id),
    );
  }

  async #packages(): Promise<Instance[]> {
    return await this.#list<Instance>("SMS_Package");
  }

  async #hasPoint(id: PackageId, server: string): Promise<boolean> {
    const points = await this.#list<PointInstance>("SMS_DistributionPoint");
    return points.some(({ PackageID, ServerName }) => PackageID === id && ServerName === server);
  }

  async #list<Row>(name: string): Promise<Row[]> {
    const { status, body } = await this.#site.ask("GET", name);
    if (status !== 200) throw new Error(`${name}: ${status} ${JSON.stringify(body)}`);
    return (body as { value: Row[] }).value;
  }

  /** Asks `act` of the site until `look` finds that it is done. A refusal is an error; a site that is away is not. */
  async #until<Found>(
    look: () => Promise<Found | undefined>,
    act: () => Promise<{ status: number; body: unknown }>,
  ): Promise<Found> {
    for (;;) {
      this.#signal.throwIfAborted();
      try {
        const found = await look();
        if (found !== undefined) return found;
        const { status, body } = await act();
        if (status >= 300) throw new Error(`refused: ${status} ${JSON.stringify(body)}`);
      } catch (error) {
        if (!(error instanceof SiteAway)) throw error;
        await systemWallClock.sleep(askAgainAfterMs, this.#signal);
      }
    }
  }
}
