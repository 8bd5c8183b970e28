/**
 * Compares two folders as an outsider would: `diff -r` for what is in the files and the links, `find` for modes,
 * kinds and names.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Rejects with what differs. */
export async function expectSameTree(source: string, copy: string): Promise<void> {
  await execute("diff", ["-r", "--no-dereference", `${source}/`, `${copy}/`]).catch(
    (error: { stdout?: string }) => {
      throw new Error(`${copy} is not ${source}: ${error.stdout}`);
    },
  );
  const [wanted, found] = [await describe(source), await describe(copy)];
  if (wanted !== found) throw new Error(`modes, kinds or names differ:\n${wanted}\n---\n${found}`);
}

async function describe(folder: string): Promise<string> {
  const { stdout } = await execute("find", [".", "-printf", "%p %y %m %l\\n"], {
    cwd: folder,
    maxBuffer: 64 << 20,
  });
  return stdout.split("\n").sort().join("\n");
}
