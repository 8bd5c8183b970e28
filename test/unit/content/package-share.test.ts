import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";

import { ContentWriteError, ShareRefusedError } from "../../../site-image/content/content-error.ts";
import { copyFolder } from "../../../site-image/content/folder-copy.ts";
import { PackageShare } from "../../../site-image/content/package-share.ts";
import { test as base, file, folderOf, plant } from "./folders.ts";

const test = base
  .extend("folder", ({ temp }) => join(temp, "SMSPKGC$"))
  .extend("share", ({ folder }) => new PackageShare(folder));

const id = "A0100003";
/** Fills a version with two files that both say which it is. */
const saying = (words: string) => async (staging: string) => {
  await writeFile(join(staging, "one"), words);
  await writeFile(join(staging, "two"), words);
};
const never = async () => {
  throw new Error("should not be called");
};
const said = async (folder: string) => readFile(join(folder, id, "one"), "utf8");

describe("a version that is installed", () => {
  test("is found under the package's name", async ({ share, folder }) => {
    await share.install(id, 1, saying("first"));

    expect(await said(folder)).toBe("first");
    expect(share.path(id)).toBe(join(folder, id));
    expect(await share.installedVersion(id)).toBe(1);
  });

  test("is all there is: one link and one folder", async ({ share, folder }) => {
    await share.install(id, 1, saying("first"));
    await share.install(id, 2, saying("second"));

    expect(await readdir(folder)).toEqual([".versions", id]);
    expect(await readlink(join(folder, id))).toBe(`.versions/${id}.2.1`);
    expect(await readdir(join(folder, ".versions"))).toEqual([`${id}.2.1`]);
    expect(await share.installedVersion(id)).toBe(2);
  });

  test("is not filled a second time", async ({ share, folder }) => {
    await share.install(id, 1, saying("first"));
    await share.install(id, 1, never);

    expect(await said(folder)).toBe("first");
  });

  test("is replaced by the same version when that is wanted", async ({ share, folder }) => {
    await share.install(id, 1, saying("first"));
    await share.install(id, 1, saying("first again"), { redistribution: 1 });

    expect(await said(folder)).toBe("first again");
    expect(await share.installedVersion(id)).toBe(1);
    expect(await readdir(join(folder, ".versions"))).toEqual([`${id}.1.2`]);
  });

  test("may be an older one than before", async ({ share, folder }) => {
    await share.install(id, 7, saying("seventh"));
    await share.install(id, 3, saying("third"));

    expect(await said(folder)).toBe("third");
  });

  test("can be found by a share opened later", async ({ share, folder }) => {
    await share.install(id, 12, saying("twelfth"));

    expect(await new PackageShare(folder).installedVersion(id)).toBe(12);
  });

  test("does not disturb a package whose id begins the same", async ({ share, folder }) => {
    await share.install(`${id}4`, 1, saying("other"));
    await share.install(id, 1, saying("first"));
    await share.install(id, 2, saying("second"));

    expect(await readFile(join(folder, `${id}4`, "one"), "utf8")).toBe("other");
  });

  test("can be replaced and removed though its folders are read-only", async ({ share, folder, temp }) => {
    const source = await plant(join(temp, "source"), { d: folderOf({ f: file("x") }, 0o555) }, 0o555);
    await share.install(id, 1, async (staging) => void (await copyFolder({ source, folder: staging })));
    await share.install(id, 2, async (staging) => void (await copyFolder({ source, folder: staging })));
    await share.remove(id);

    expect(await readdir(join(folder, ".versions"))).toEqual([]);
  });
});

describe("while a version is being installed", () => {
  test("readers see the one before, and it stays when filling fails", async ({ share, folder }) => {
    await share.install(id, 1, saying("first"));
    const installing = share.install(id, 2, async (staging) => {
      await saying("second")(staging);
      expect(await said(folder)).toBe("first");
      expect(await share.installedVersion(id)).toBe(1);
      throw new Error("no more disk");
    });

    await expect(installing).rejects.toThrow("no more disk");
    expect(await said(folder)).toBe("first");
    expect(await readdir(join(folder, ".versions"))).toEqual([`${id}.1.1`]);
  });

  test("readers see nothing where there was none", async ({ share, folder }) => {
    await share.install(id, 1, async () => {
      expect(await readdir(folder)).toEqual([".versions"]);
      expect(await share.installedVersion(id)).toBeUndefined();
    });
  });

  test("the next one waits", async ({ share, folder }) => {
    const order: string[] = [];
    const filling = (words: string) => async (staging: string) => {
      order.push(`${words} begins`);
      await saying(words)(staging);
      order.push(`${words} ends`);
    };
    await Promise.all([share.install(id, 1, filling("first")), share.install(id, 2, filling("second"))]);

    expect(order).toEqual(["first begins", "first ends", "second begins", "second ends"]);
    expect(await said(folder)).toBe("second");
  });

  test("a reader never misses the package and never meets two versions in one", async ({ share, folder }) => {
    await share.install(id, 1, saying("1"));
    let installing = true;
    let rounds = 0;
    const reader = async () => {
      while (installing) {
        rounds += 1;
        const version = await readlink(join(folder, id)); // rejects if the package is missing for an instant
        const names = ["one", "two"].map((name) => readFile(join(folder, version, name), "utf8"));
        const words = await Promise.all(names).catch(() => undefined); // outdated and gone since the link was read
        if (words) expect(words[0]).toBe(words[1]);
        else expect(await readlink(join(folder, id))).not.toBe(version);
      }
    };
    const readers = [reader(), reader(), reader()];
    for (let version = 2; version <= 60; version += 1) await share.install(id, version, saying(`${version}`));
    installing = false;
    await Promise.all(readers);

    expect(rounds).toBeGreaterThan(60);
  });
});

describe("a package that is removed", () => {
  test("is gone, and can come back", async ({ share, folder }) => {
    await share.install(id, 1, saying("first"));
    await share.remove(id);

    expect(await readdir(folder)).toEqual([".versions"]);
    expect(await readdir(join(folder, ".versions"))).toEqual([]);
    expect(await share.installedVersion(id)).toBeUndefined();
    await share.install(id, 1, saying("back"));
    expect(await said(folder)).toBe("back");
  });

  test("need not have been there", async ({ share }) => {
    await share.remove(id);

    expect(await share.installedVersion(id)).toBeUndefined();
  });
});

describe("after a crash", () => {
  /** What a crash leaves at each step of installing version 2 over version 1, and the version then installed. */
  const leftovers: Record<string, [(folder: string) => Promise<unknown>, number]> = {
    "with a version half filled": [
      (folder) => plant(join(folder, ".versions", `${id}.2.1`), { one: file("2") }),
      1,
    ],
    "with a whole version that nothing points to": [
      (folder) => saying2(join(folder, ".versions", `${id}.2.1`)),
      1,
    ],
    "with a link that is not yet in place": [
      async (folder) => {
        await saying2(join(folder, ".versions", `${id}.2.1`));
        await symlink(`.versions/${id}.2.1`, join(folder, ".versions", `${id}.link`));
      },
      1,
    ],
    "with the link in place and the version before still there": [
      async (folder) => {
        await new PackageShare(folder).install(id, 2, saying("2"));
        await saying2(join(folder, ".versions", `${id}.1.1`));
      },
      2,
    ],
  };

  test.for(Object.entries(leftovers))(
    "%s, sweeping leaves what readers see",
    async ([, state], { share, folder }) => {
      const [crash, version] = state;
      await share.install(id, 1, saying("1"));
      await share.install("A0100004", 1, saying("another"));
      await crash(folder);
      const swept = await new PackageShare(folder).sweep();

      expect(swept.length).toBeGreaterThan(0);
      expect(await said(folder)).toBe(`${version}`);
      expect(await readdir(join(folder, ".versions"))).toEqual([`${id}.${version}.1`, "A0100004.1.1"]);
      expect(await new PackageShare(folder).sweep()).toEqual([]);
    },
  );

  test.for(Object.entries(leftovers))(
    "%s, installing goes on without sweeping",
    async ([, state], { share, folder }) => {
      const [crash] = state;
      await share.install(id, 1, saying("1"));
      await crash(folder);
      await share.install(id, 2, saying("2"));

      expect(await said(folder)).toBe("2");
      expect(await readdir(join(folder, ".versions"))).toHaveLength(1);
    },
  );

  test("while a package was removed, sweeping removes the rest of it", async ({ share, folder }) => {
    await saying2(join(folder, ".versions", `${id}.1.1`));

    expect(await share.sweep()).toEqual([`${id}.1.1`]);
  });

  test("before there was a share, sweeping does nothing", async ({ share, folder }) => {
    expect(await share.sweep()).toEqual([]);
    await expect(lstat(folder)).rejects.toThrow("ENOENT");
  });

  test("that lost what the link points to, the package is not installed", async ({ share, folder }) => {
    await mkdir(folder);
    await symlink(`.versions/${id}.1.1`, join(folder, id));

    expect(await share.installedVersion(id)).toBeUndefined();
    await share.install(id, 1, saying("1"));
    expect(await said(folder)).toBe("1");
  });
});

describe("a share refuses", () => {
  test.for(["", ".", "..", "../A0100003", "a/b", "a\\b", ".versions", "A01.1"])(
    "the package id %j",
    async (bad, { share }) => {
      expect(() => share.path(bad)).toThrow(ShareRefusedError);
      await expect(share.install(bad, 1, never)).rejects.toThrow(ShareRefusedError);
      await expect(share.remove(bad)).rejects.toThrow(ShareRefusedError);
      await expect(share.installedVersion(bad)).rejects.toThrow(ShareRefusedError);
    },
  );

  test.for([0, -1, 1.5, Number.NaN])("the version %s", async (version, { share }) => {
    await expect(share.install(id, version, never)).rejects.toThrow(/expected a version from 1/);
  });

  test("to replace a folder it did not make", async ({ share, folder }) => {
    await plant(join(folder, id), { precious: file("") });

    await expect(share.install(id, 1, never)).rejects.toThrow(/not of this share's making/);
    await expect(share.remove(id)).rejects.toThrow(ShareRefusedError);
    expect(await readdir(join(folder, id))).toEqual(["precious"]);
  });

  test("to be where a file is, and that can be tried again", async ({ temp }) => {
    await writeFile(join(temp, "file"), "");
    const share = new PackageShare(join(temp, "file", "SMSPKGC$"));

    await expect(share.install(id, 1, never)).rejects.toThrow(ContentWriteError);
  });
});

async function saying2(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await saying("2")(path);
}
