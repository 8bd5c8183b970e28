/**
 * The console over HTTP: the page and its files to anybody on this machine, everything else to who has the token. What
 * is refused is answered in words under `error.message`.
 */
import { join } from "node:path";

import express, { type ErrorRequestHandler, type Express } from "express";
import { z } from "zod";

import { packageId, type SiteCode, siteCode } from "../../domain/identifiers.ts";
import { Failure, wordsOf } from "../failure.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import { linesIn } from "../log-lines.ts";
import type { OrchestratorMetrics } from "../orchestrator-metrics.ts";
import type { Recording } from "../report/recording.ts";
import { logNames, logPiece } from "../site-logs.ts";
import type { Topology } from "../topology/plan.ts";
import type { WallClock } from "../wall-clock.ts";
import { type ByHand, byHand } from "./by-hand.ts";
import { compressedFiles } from "./compressed-files.ts";
import { foldersIn } from "./folders.ts";
import type { HierarchyView } from "./hierarchy-view.ts";
import type { LogView } from "./live-entries.ts";
import type { LiveState } from "./live-state.ts";
import { streamTo } from "./live-stream.ts";
import { missingPage } from "./missing-page.ts";
import { packageStory } from "./package-story.ts";
import { pageFolder } from "./page-files.ts";
import type { Session } from "./session.ts";
import { wayUse } from "./way-use.ts";

export type ConsoleAppDeps = {
  readonly session: Session;
  readonly hierarchy: RunningHierarchy;
  readonly topology: Topology;
  readonly recording: Recording;
  readonly view: HierarchyView;
  readonly state: LiveState<object>;
  readonly stateOfSite: (code: SiteCode) => LiveState<object>;
  readonly areFoldersShared: boolean;
  /** Resolves with what was done, in words. */
  readonly act: (action: ByHand) => Promise<string>;
  /** Undefined for an extension that is no format. */
  readonly report: (extension: string) => string | undefined;
  /** In the Prometheus text format. */
  readonly metrics: OrchestratorMetrics;
  /** Resolves once the page is built, with false where it cannot be. */
  readonly page: Promise<boolean>;
  readonly wallClock: WallClock;
  readonly stopping: AbortSignal;
};

/** Nothing is loaded from anywhere else, and no other page may show this one. */
const policy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Of a log, so many of its last lines. */
const mostLines = 1_000;

export function consoleApp(deps: ConsoleAppDeps): Express {
  const { session, stopping, wallClock, hierarchy, topology, view, recording } = deps;
  const app = express();
  app.disable("x-powered-by");
  app.use((_request, response, next) => {
    response.setHeader("Content-Security-Policy", policy);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Referrer-Policy", "no-referrer");
    next();
  });
  app.use(session.fromHere);

  const api = express.Router();
  app.post("/api/session", session.open);
  app.use("/api", session.known, api);
  api.use((_request, response, next) => {
    response.setHeader("Cache-Control", "no-store");
    next();
  });
  api.get("/stream", async (request, response) => {
    await streamTo(request, response, deps.state, wallClock, stopping);
  });
  api.get("/sites/:site/stream", async (request, response) => {
    const state = deps.stateOfSite(siteIn(request.params.site));
    await streamTo(request, response, state, wallClock, stopping);
  });
  api.get("/sites/:site/logs", async (request, response) => {
    response.json({ logs: await logNames(hierarchy.site(siteIn(request.params.site))) });
  });
  api.get("/sites/:site/logs/:name", async (request, response) => {
    const from = z.coerce.number().int().min(0).catch(0).parse(request.query.from);
    const site = siteIn(request.params.site);
    response.json(await linesFrom(site, request.params.name, from));
  });
  api.get("/packages/:id/story", async (request, response) => {
    const id = packageId.parse(request.params.id);
    response.json(await packageStory(deps, id, view.packages.sitesOf(id)));
  });
  api.get("/ways/:from/:to/use", (request, response) => {
    const [from, to] = [siteIn(request.params.from), siteIn(request.params.to)];
    const way = { from, to, addresses: view.facts.addresses(from, to) };
    response.json(wayUse(topology, recording, way, hierarchy.now()));
  });
  api.get("/folders", async (request, response) => {
    const wanted = z.string().optional().catch(undefined).parse(request.query.in);
    const known = view.packages.sources();
    response.json(await foldersIn(wanted, { areShared: deps.areFoldersShared, known }));
  });
  api.get("/report{.:format}", (request, response) => {
    const extension = `.${request.params.format ?? "html"}`;
    const text = deps.report(extension);
    if (text === undefined) throw new Failure("usage", `there is no report in the format ${extension}`);
    response.attachment(`${topology.name}${extension}`).send(text);
  });
  api.post("/actions", express.json({ limit: "256kb" }), async (request, response) => {
    response.json({ words: await deps.act(byHand.parse(request.body)) });
  });
  api.use((request) => {
    throw new Failure("usage", `there is nothing at ${request.originalUrl}`);
  });
  app.get("/metrics", session.known, async (_request, response) => {
    response.setHeader("Content-Type", deps.metrics.contentType);
    response.end(await deps.metrics.text());
  });

  app.get("/", async (_request, response, next) => {
    // A visitor who is early waits for the page to be built, some seconds once.
    if (await deps.page) next();
    else response.status(503).type("html").send(missingPage);
  });
  app.use("/assets", compressedFiles(join(pageFolder, "assets"), { immutable: true, maxAge: "1y" }));
  app.use(compressedFiles(pageFolder, { cacheControl: false }));
  app.use((_request, response) => {
    response.status(404).type("text").send("there is nothing here: the console is at /");
  });
  app.use(refused);
  return app;

  /** Throws a Failure where there is no such site. */
  function siteIn(text: string): SiteCode {
    const code = siteCode.safeParse(text).data;
    if (code && hierarchy.sites.has(code)) return code;
    throw new Failure("usage", `there is no site ${text} in this hierarchy`);
  }

  /** Up to the end of the log as it is now. */
  async function linesFrom(code: SiteCode, name: string, from: number): Promise<LogView> {
    const site = hierarchy.site(code);
    let piece = await logPiece(site, name, from);
    let lines = linesIn(piece.text);
    while (piece.text !== "") {
      piece = await logPiece(site, name, piece.next);
      lines = [...lines, ...linesIn(piece.text)].slice(-mostLines);
    }
    const shown = lines.slice(-mostLines);
    return {
      lines: shown.map(({ text, component, type, date, time }) => ({ text, component, type, date, time })),
      next: piece.next,
      file: piece.file,
    };
  }
}

const refused: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(error);
  const isUsage = error instanceof z.ZodError || (error instanceof Failure && error.kind === "usage");
  const status = isUsage ? 400 : error instanceof Failure ? 502 : Number(error?.status) || 500;
  response.status(status).json({ error: { message: messageOf(error) } });
};

function messageOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return wordsOf(error);
  return error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message))
    .join("\n");
}
