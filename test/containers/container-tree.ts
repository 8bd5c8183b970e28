/**
 * What is in a folder of a container, as a list to compare: path, kind, mode, and the digest or the link's target.
 */

/** Runs a command in a container. Rejects, with what it wrote, where it ends with another code than 0. */
export type RunIn = (command: string[]) => Promise<string>;

const lister = `
const { createHash } = require("node:crypto");
const { createReadStream, lstatSync, readdirSync, readlinkSync } = require("node:fs");
const { pipeline } = require("node:stream/promises");
const folder = process.argv[1] + "/";
const describe = async (path) => {
  const about = lstatSync(folder + path);
  const mode = (about.mode & 0o777).toString(8);
  if (about.isSymbolicLink()) return "link to " + readlinkSync(folder + path);
  if (about.isDirectory()) return "folder " + mode;
  const hash = createHash("sha256");
  await pipeline(createReadStream(folder + path), hash);
  return "file " + mode + " " + hash.digest("hex");
};
(async () => {
  for (const path of readdirSync(folder, { recursive: true }).sort()) console.log(path + ": " + (await describe(path)));
})();
`;

export async function treeIn(run: RunIn, folder: string): Promise<string[]> {
  return (await run(["node", "-e", lister, folder])).trim().split("\n");
}
