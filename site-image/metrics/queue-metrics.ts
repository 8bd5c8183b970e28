/**
 * What lies in a site's inboxes and waits to be sent, and for how long.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";

import { sendStatus } from "../../domain/send-request.ts";
import { neighbours } from "../database/sites.ts";
import { inboxFiles, sendRequests } from "../inboxes/send-request-files.ts";
import type { MakeGauge, MetricsDeps, Sample } from "./site-registry.ts";

export function queueMetrics({ place, database }: MetricsDeps, gauge: MakeGauge): void {
  gauge("spoolnet_inbox_files", "Files in an inbox, waiting or in hand.", "inbox", async () =>
    (await inboxFiles(place.folders)).map(({ inbox, files }): Sample => [{ inbox }, files.length]),
  );
  gauge(
    "spoolnet_inbox_oldest_file_age_seconds",
    "Real age of the oldest file in an inbox, 0 where it is empty.",
    "inbox",
    async () =>
      Promise.all(
        (await inboxFiles(place.folders)).map(async ({ inbox, folder, files }): Promise<Sample> => {
          const times = await Promise.all(files.map((file) => modifiedMs(join(folder, file))));
          const oldestMs = Math.min(...times.filter((ms) => ms !== undefined));
          const ageMs = Number.isFinite(oldestMs) ? place.clock.realNow() - oldestMs : 0;
          return [{ inbox }, Math.max(0, ageMs) / 1000];
        }),
      ),
  );
  gauge(
    "spoolnet_send_requests",
    "Send requests that have not been cleared, by state.",
    "state",
    async () => {
      const requests = await sendRequests({ folders: place.folders, database });
      return sendStatus.options.map((state) => [
        { state },
        requests.filter((one) => one.state === state).length,
      ]);
    },
  );
  gauge(
    "spoolnet_send_request_left_bytes",
    "Bytes that the send requests to a site have yet to send.",
    "destination",
    async () => {
      const requests = await sendRequests({ folders: place.folders, database });
      return neighbours(database).map(({ code }) => {
        const left = requests
          .filter((one) => one.destination === code)
          .reduce((sum, one) => sum + one.bytesLeft, 0);
        return [{ destination: code }, left];
      });
    },
  );
}

/** Undefined where it has moved on meanwhile. */
async function modifiedMs(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
