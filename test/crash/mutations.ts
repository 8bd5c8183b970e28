/**
 * `node test/crash/mutations.ts [word]`: takes one promise after the other out of a copy of the site's code (a flush, a
 * rename, an idempotence check, a signature check) and says whether the crash matrix or the tests of that part fail.
 * Each suite must first pass with nothing taken out, in the same time: what hangs or fails without a change proves
 * nothing. Exit code 1 where something is not caught. docs/reliability.md has the table.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

type Mutation = {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** What shall fail: arguments of the matrix, or the tests of vitest that are run. */
  readonly matrix?: readonly string[];
  readonly tests?: readonly string[];
};

const whole = "site-image/inboxes/whole-file.ts";
const cut = (mode: string, operation: string) => ["--mode", mode, "--operation", operation, "--sample", "3"];
/** The one test of promises.test.ts with these words in its name. */
const promise = (words: string) => ["test/crash/promises.test.ts", `--testNamePattern=${words}`];
const withinMs = 300_000;

const mutations: readonly Mutation[] = [
  {
    name: "inbox files are not flushed",
    file: "site-image/flushed-file.ts",
    from: "isFlushed = true",
    to: "isFlushed = false",
    tests: promise("a wake-up that is done"),
  },
  {
    name: "a folder is not flushed after a rename into it",
    file: whole,
    from: "  await flushFolder(dirname(to));\n",
    to: "",
    tests: promise("a compressed copy that the site says it holds"),
  },
  {
    name: "a folder is not flushed after a file was written into it",
    file: whole,
    from: "  await Promise.all([...new Set(files.map(({ path }) => dirname(path)))].map(flushFolder));\n",
    to: "",
    tests: promise("a wake-up that is done"),
  },
  {
    name: "inbox files are written in place",
    file: whole,
    from: "return join(dirname(path), ",
    to: "return path; void join(dirname(path), ",
    matrix: cut("after", "create SMS/Inboxes"),
  },
  {
    name: "commits are not flushed",
    file: "site-image/database/site-database.ts",
    from: "if (!this.#isLogUnsure) await sharedFlush(this.#log);",
    to: "",
    tests: promise("what an administrator was answered"),
  },
  {
    name: "claimed files are not made ready again at the start",
    file: "site-image/inboxes/inbox.ts",
    from: "if (!(await isFinished(file.path))) await file.release();",
    to: "await isFinished(file.path);",
    matrix: cut("after", ".WRK"),
  },
  {
    name: "half-written inbox files are not swept",
    file: whole,
    from: "await unlink(join(folder, name));",
    to: "void unlink;",
    tests: promise("was being written when the site died"),
  },
  {
    name: "half-filled versions of a package share are not swept",
    file: "site-image/content/package-share.ts",
    from: "for (const name of left) await removeFolder(join(this.#versions, name));",
    to: "",
    tests: ["test/unit/content/package-share.test.ts"],
  },
  {
    name: "a version that is found installed is installed again",
    file: "site-image/content/package-share.ts",
    from: "numberOf(installed) > redistribution",
    to: "numberOf(installed) > redistribution + 1e9",
    tests: ["test/unit/content/package-share.test.ts"],
  },
  {
    name: "received requests are not known",
    file: "site-image/database/uploads.ts",
    from: "request, site) !== undefined",
    to: "request, site) === null",
    tests: ["test/integration/share/commit.test.ts", "test/integration/share/restart.test.ts"],
  },
  {
    name: "the share does not check the signature",
    file: "site-image/http/share-commit.ts",
    from: "if (!isSignedBy(",
    to: "if (false && !isSignedBy(",
    tests: ["test/integration/share/commit.test.ts"],
  },
  {
    name: "the Despooler does not check the signature",
    file: "site-image/components/despooler/despooler.ts",
    from: "|| !isSignedBy(sender.publicKey, text, signature)",
    to: "",
    tests: ["test/unit/site-image/despooler.test.ts"],
  },
  {
    name: "the Despooler does not check the digest",
    file: "site-image/content/file-digest.ts",
    from: "return (await sha256OfFile(path)) === expected.sha256;",
    to: "void sha256OfFile;\n  return true;",
    tests: ["test/unit/site-image/despooler.test.ts"],
  },
  {
    name: "what a delta is merged to is not checked",
    file: "site-image/content/package-delta.ts",
    from: "    await checkDigest(older, base);\n    if (found !== sha256)",
    to: "    if (found === base.sha256)",
    tests: ["test/unit/content/package-delta.test.ts"],
  },
  {
    name: "a delta is merged again after it was",
    file: "site-image/components/despooler/received-content.ts",
    from: "if ((delta || !isSent) &&",
    to: "if (!isSent &&",
    tests: ["test/unit/site-image/despooler.test.ts"],
  },
  {
    name: "files of the version before are linked unread",
    file: "site-image/content/version-before.ts",
    from: "block.compare(wanted, 0, bytesRead, 0, bytesRead) !== 0",
    to: "wanted.length === 0",
    tests: ["test/unit/content/package-archive.test.ts"],
  },
  {
    name: "the share does not check the digest of an upload",
    file: "site-image/http/upload.ts",
    from: 'this.row.sha256 !== "" && sha256 !== this.row.sha256',
    to: "false",
    tests: ["test/integration/share/protocol.test.ts", "test/integration/share/transfer.test.ts"],
  },
  {
    name: "an older definition replaces a newer one",
    file: "site-image/components/despooler/received-objects.ts",
    from: "if (known >= definition.definitionVersion)",
    to: "if (known < 0)",
    tests: ["test/unit/site-image/despooler.test.ts"],
  },
  {
    name: "a commit left before its rename is not finished at the start",
    file: "site-image/http/share-recovery.ts",
    from: "  await finishCommits(place, database);",
    to: "  void finishCommits;",
    matrix: cut("after", "commit received_request"),
  },
  {
    name: "files without a row stay on the share",
    file: "site-image/http/share-recovery.ts",
    from: "if (!row && !isDespoolers) await",
    to: "if (false as boolean) await",
    tests: ["test/integration/share/restart.test.ts"],
  },
  {
    name: "a wake-up row is done before its file is there",
    file: "site-image/components/sql-monitor.ts",
    from: "await putDocuments(",
    to: "void putDocuments(",
    tests: promise("a wake-up that is done"),
  },
  {
    name: "a file that a failing disk did not let be put back stays claimed",
    file: "site-image/inboxes/inbox.ts",
    from: '    if (changed === "all") await this.#putBackStranded();\n',
    to: "    void this.#putBackStranded;\n",
    matrix: cut("EIO", "commit package_status"),
  },
  {
    name: "a file that a failing disk left half-written stays",
    file: whole,
    from: "else left.add(temporary);",
    to: "else left.delete(temporary);",
    tests: promise("let neither be finished nor removed"),
  },
];

type Suite = Pick<Mutation, "matrix" | "tests">;

/** A copy of the code to change and to run in, which is gone with its scope. */
class Copy implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "spoolnet-mutation-"));

  constructor() {
    for (const part of ["domain", "site-image", "orchestrator", "test", "topologies", "docs"])
      cpSync(join(root, part), join(this.folder, part), { recursive: true });
    for (const part of ["package.json", "tsconfig.json", "vitest.config.ts"])
      cpSync(join(root, part), join(this.folder, part));
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
  }

  change({ file, from, to }: Mutation): void {
    const path = join(this.folder, file);
    const parts = readFileSync(path, "utf8").split(from);
    if (parts.length !== 2) throw new Error(`${file}: expected once: ${from}`);
    writeFileSync(path, parts.join(to));
  }

  run({ matrix, tests = [] }: Suite): { end: "passes" | "fails" | "times out"; last: string } {
    const [command, ...values] = matrix
      ? [process.execPath, "test/crash/matrix.ts", "--seed", "1", "--lanes", "1", ...matrix]
      : ["vitest", "run", "--project=plain", "--testTimeout=15000", ...tests];
    const { status, stdout, error } = spawnSync(command ?? "", values, {
      cwd: this.folder,
      encoding: "utf8",
      timeout: withinMs,
      maxBuffer: 64 * 1024 * 1024,
    });
    const isLate = error && "code" in error && error.code === "ETIMEDOUT";
    if (error && !isLate) throw error;
    const last = stdout.trimEnd().split("\n").slice(-4).join("\n");
    return { end: isLate ? "times out" : status === 0 ? "passes" : "fails", last };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const wordsOf = ({ matrix, tests = [] }: Suite) => (matrix ? `matrix ${matrix.join(" ")}` : tests.join(", "));

/** Suites that pass with nothing taken out. */
const passes = new Map<string, boolean>();
function isSound(suite: Suite): boolean {
  const words = wordsOf(suite);
  if (!passes.has(words)) {
    using copy = new Copy();
    const { end, last } = copy.run(suite);
    if (end !== "passes") console.log(`${end} with nothing taken out: ${words}\n${last}`);
    passes.set(words, end === "passes");
  }
  return passes.get(words) === true;
}

const word = process.argv[2] ?? "";
const quickFirst = mutations.toSorted((a, b) => Number(Boolean(a.matrix)) - Number(Boolean(b.matrix)));
let missed = 0;
for (const mutation of quickFirst.filter(({ name }) => name.includes(word))) {
  const isCaught = isSound(mutation) && caught(mutation);
  if (!isCaught) missed++;
  console.log(`${isCaught ? "caught" : "NOT CAUGHT"}: ${mutation.name} (${wordsOf(mutation)})`);
}
process.exitCode = missed === 0 ? 0 : 1;

function caught(mutation: Mutation): boolean {
  using copy = new Copy();
  copy.change(mutation);
  const { end, last } = copy.run(mutation);
  if (end === "times out")
    console.log(`times out, which it does not with nothing taken out: ${mutation.name}`);
  if (end === "passes") console.log(last);
  return end !== "passes";
}
