/**
 * The files of a folder, as they are or as they were compressed when the page was built (scripts/build-page.ts), beside
 * each: `index.js.br`, `index.js.gz`. Which of them is sent is for the visitor to say (Accept-Encoding).
 */
import { extname } from "node:path";

import express, { type RequestHandler } from "express";

/** By the name that HTTP has for it: what the name of a file so compressed ends with. */
export const compressedExtensions = { br: ".br", gzip: ".gz" } as const;

/** Of these there are compressed files. */
export const compressible: ReadonlySet<string> = new Set([".js", ".css", ".html", ".svg"]);

type StaticOptions = NonNullable<Parameters<typeof express.static>[1]>;

export function compressedFiles(folder: string, options: StaticOptions): RequestHandler {
  const files = express.static(folder, { ...options, redirect: false });
  return (request, response, next) => {
    response.vary("Accept-Encoding");
    const { url, path } = request;
    // Asked one by one: browsers name the one that is smaller last.
    const encoding = (["br", "gzip"] as const).find((one) => request.acceptsEncodings(one));
    if (encoding === undefined || !compressible.has(extname(path))) return files(request, response, next);
    request.url = path + compressedExtensions[encoding];
    response.setHeader("Content-Encoding", encoding);
    response.type(extname(path)); // of what it is once the browser has decompressed it
    files(request, response, (error?: unknown) => {
      if (error) return next(error);
      request.url = url; // it is not there compressed
      response.removeHeader("Content-Encoding");
      response.removeHeader("Content-Type");
      files(request, response, next);
    });
  };
}
