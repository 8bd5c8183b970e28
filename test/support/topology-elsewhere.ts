/**
 * A topology that is not of the project, for what is rendered: a site whose code is a number to YAML, senders of its
 * own, a name with signs in it, and a package beside it.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Resolves with the file, `mine.yaml` in the folder. */
export async function writeMine(folder: string): Promise<string> {
  const file = join(folder, "mine.yaml");
  await mkdir(join(folder, "source"));
  await writeFile(
    file,
    `
name: mine
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
sites:
  CEN: { name: "Head: quarters #1", type: primary, distributionPoints: [HQDP], senders: { LAN: { retries: 7 } } }
  "007": { type: secondary, parent: CEN, distributionPoints: [BONDDP] }
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
`,
  );
  return file;
}
