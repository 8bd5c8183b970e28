/**
 * One site as a process: what a container runs. Its settings come from the environment (site-config.ts lists them);
 * SIGTERM and SIGINT stop it within a few seconds, with everything in hand finished or put back.
 */

import { errorText } from "./reporter.ts";
import { administratorTokenFrom } from "./security/administrator-token.ts";
import { startSite } from "./site.ts";
import { siteConfigFrom } from "./site-config.ts";

try {
  const config = siteConfigFrom(process.env, administratorTokenFrom(process.env));
  const site = await startSite(config);
  console.log(`site ${site.code} (${config.name}) is at ${site.url}, its folder is ${config.root}`);
  const stop = async (signal: string) => {
    console.log(`site ${site.code} stops (${signal})`);
    try {
      await site[Symbol.asyncDispose]();
      process.exit(0);
    } catch (error) {
      console.error(`site ${site.code} did not stop cleanly: ${errorText(error)}`);
      process.exit(1);
    }
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
} catch (error) {
  console.error(`spoolnet site: ${errorText(error)}`);
  process.exit(1);
}
