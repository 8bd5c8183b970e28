/**
 * `GET /SiteSystems/<server>/...`: the shares of distribution points, client access points and management points,
 * read-only, under the paths they have on disk. A folder is answered with its listing as JSON.
 */
import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";

import express, { type Router } from "express";

import { isMissing } from "../inboxes/whole-file.ts";
import { Refusal } from "./refusal.ts";

export function siteSystems(folder: string): Router {
  const router = express.Router();
  router.get(/.*/, async (request, response) => {
    const path = decodeURIComponent(request.path);
    const parts = path.split("/").filter((part) => part !== "");
    if (path.includes("\0") || parts.some((part, index) => isHidden(parts, part, index)))
      throw new Refusal("NOT_FOUND");
    const found = await resolve(folder, path);
    const about = await stat(found);
    if (!about.isDirectory()) {
      // The link of a package was resolved once, so one answer is of one version, whatever is installed meanwhile.
      response.sendFile(found, {
        dotfiles: "allow",
        headers: { "Content-Type": "application/octet-stream" },
      });
      return;
    }
    const entries = await readdir(found, { withFileTypes: true });
    const shown = entries.filter(({ name }) => !isHidden([...parts, name], name, parts.length));
    response.json({
      path,
      entries: shown
        .map((entry) => ({
          name: entry.name,
          type: entry.isFile() ? "file" : entry.isDirectory() ? "folder" : "link",
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    });
  });
  return router;
}

/** Names with a dot are the share's own (versions not shown, files half written), but for those within a package. */
function isHidden(parts: readonly string[], part: string, index: number): boolean {
  if (part === "." || part === "..") return true;
  const isInPackage = parts[1]?.startsWith("SMSPKG") === true && index > 2;
  return part.startsWith(".") && !isInPackage;
}

/** The real path, which must be inside the folder: a link in a package leads nowhere else. */
async function resolve(folder: string, path: string): Promise<string> {
  try {
    const root = await realpath(folder);
    const found = await realpath(join(root, path));
    if (found !== root && !found.startsWith(root + sep)) throw new Refusal("NOT_FOUND", path);
    return found;
  } catch (error) {
    if (isMissing(error)) throw new Refusal("NOT_FOUND", path, []);
    throw error;
  }
}
