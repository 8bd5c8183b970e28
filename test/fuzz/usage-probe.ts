/**
 * Loaded into a site before the site itself: tells what the process has of the machine to whoever connects to the
 * socket that is named after the site, in the folder `SPOOLNET_TEST_USAGE`.
 */
import { createServer } from "node:net";
import { join } from "node:path";

import { usageOfThisProcess } from "./usage.ts";

const { SPOOLNET_TEST_USAGE: folder = "", SPOOLNET_SITE_CODE: code = "" } = process.env;

createServer((socket) => {
  socket.on("error", () => {}); // whoever asked is gone
  void usageOfThisProcess().then((memory) => socket.end(JSON.stringify(memory)));
})
  .listen(join(folder, code))
  .unref();
