/**
 * `GET /SiteSystems/<server>/...`: the shares of distribution points, client access points and management points,
 * read-only, under the paths they have on disk. A folder is answered with its listing as JSON.
 */
import { readdir, readlink, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";

import express, { type Response, type Router } from "express";

import { isMissing } from "../inboxes/whole-file.ts";
import { Refusal } from "./refusal.ts";

export function siteSystems(folder: string): Router {
  const router = express.Router();
  router.get(/.*/, async (request, response) => {
    const path = decodeURIComponent(request.path);
    const parts = path.split("/").filter((part) => part !== "");
    if (path.includes("\0") || parts.some((part, index) => isHidden(parts, part, index)))
      throw new Refusal("NOT_FOUND");
    const entries = await whileSwapped(join(folder, ...parts.slice(0, 3)), async () => {
      const found = await resolve(folder, path);
      if ((await stat(found)).isDirectory()) return await listing(found, parts);
      // The link of a package was resolved once, so one answer is of one version, whatever is installed meanwhile.
      await sendFile(response, found);
      return undefined;
    }).catch((error: unknown) => {
      throw isMissing(error) ? new Refusal("NOT_FOUND", path, []) : error;
    });
    if (entries) response.json({ path, entries });
  });
  return router;
}

/** Names with a dot are the share's own (versions not shown, files half written), but for those within a package. */
function isHidden(parts: readonly string[], part: string, index: number): boolean {
  if (part === "." || part === "..") return true;
  const isInPackage = parts[1]?.startsWith("SMSPKG") === true && index > 2;
  return part.startsWith(".") && !isInPackage;
}

/**
 * A version is removed as soon as the package's `link` leads to the next: who has followed the link just before does not
 * find it any more, or finds its folder half empty, and follows the link again. What was sent, undefined, was whole.
 */
async function whileSwapped<Read>(link: string, read: () => Promise<Read | undefined>) {
  const target = () => readlink(link).catch(() => undefined);
  for (;;) {
    const before = await target();
    try {
      const found = await read();
      if (found === undefined || before === (await target())) return found;
    } catch (error) {
      if (!isMissing(error) || before === (await target())) throw error;
    }
  }
}

/** Rejects where there is nothing to send. A client that goes away is no error. */
function sendFile(response: Response, file: string): Promise<void> {
  const headers = { "Content-Type": "application/octet-stream" };
  return new Promise((resolve, reject) => {
    response.sendFile(file, { dotfiles: "allow", headers }, (error) => {
      if (error && !response.headersSent && !response.destroyed) reject(error);
      else resolve();
    });
  });
}

async function listing(folder: string, parts: readonly string[]) {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter(({ name }) => !isHidden([...parts, name], name, parts.length))
    .map((entry) => ({
      name: entry.name,
      type: entry.isFile() ? "file" : entry.isDirectory() ? "folder" : "link",
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The real path, which must be inside the folder: a link in a package leads nowhere else. */
async function resolve(folder: string, path: string): Promise<string> {
  const root = await realpath(folder);
  const found = await realpath(join(root, path));
  if (found !== root && !found.startsWith(root + sep)) throw new Refusal("NOT_FOUND", path);
  return found;
}
