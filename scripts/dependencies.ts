/**
 * `npm run dependencies`: writes docs/dependencies.md, the packages of the lockfile with their licences.
 */
import { readFile, writeFile } from "node:fs/promises";

import { z } from "zod";

const root = new URL("../", import.meta.url);
const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string(), license: z.string(), dev: z.boolean(), optional: z.boolean() }).partial(),
  ),
});

/** Those whose package.json says it in the old way (`licenses`) or in a file only, read there. */
const readInPackage: Readonly<Record<string, string>> = {
  buildcheck: "MIT",
  "combine-errors": "MIT",
  "cpu-features": "MIT",
  ssh2: "MIT",
};

/** The text of docs/dependencies.md. */
export async function dependencyTable(): Promise<string> {
  const text = await readFile(new URL("package-lock.json", root), "utf8");
  const rows = Object.entries(lockfile.parse(JSON.parse(text)).packages)
    .filter(([path]) => path !== "")
    .map(([path, { version, license, dev }]) => {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      return {
        name: `${name} ${version}`,
        license: license ?? readInPackage[name] ?? "unknown",
        dev: dev === true,
      };
    });
  const part = (title: string, isDev: boolean) => {
    const byLicence = Map.groupBy(
      rows.filter(({ dev }) => dev === isDev),
      ({ license }) => license,
    );
    const lines = [...byLicence].sort().map(([license, held]) => {
      const names = [...new Set(held.map(({ name }) => name))].sort();
      return `| ${license} | ${names.length} | ${names.join(", ")} |\n`;
    });
    return `## ${title}\n\n| licence | packages | which |\n|---|---|---|\n${lines.join("")}`;
  };
  return `# Dependencies and their licences

Made of \`package-lock.json\` by \`npm run dependencies\`; a test keeps it so.

${part("In use when Spoolnet runs", false)}
${part("For development only", true)}`;
}

if (import.meta.main) await writeFile(new URL("docs/dependencies.md", root), await dependencyTable());
