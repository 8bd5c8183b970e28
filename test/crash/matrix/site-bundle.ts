/**
 * The site and the shim as a few files with all that they import: a site that is started ten thousand times shall not
 * look for some five hundred files each time. The code is the same.
 */
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { build } from "vite";

import type { SiteProgram } from "../../support/site-processes.ts";

/** `folder` takes the files, and what Node makes of them. */
export async function bundleSite(folder: string): Promise<SiteProgram> {
  const outDir = join(folder, "program");
  const pathOf = (module: string) => fileURLToPath(import.meta.resolve(module));
  await build({
    configFile: false,
    logLevel: "warn",
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      minify: false,
      rolldownOptions: {
        input: { site: pathOf("../../../site-image/main.ts"), shim: pathOf("../shim/disk-shim.ts") },
        output: { entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" },
      },
    },
  });
  return {
    main: join(outDir, "site.mjs"),
    preload: pathToFileURL(join(outDir, "shim.mjs")).href,
    compiled: join(outDir, "compiled"),
  };
}
