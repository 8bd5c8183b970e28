/**
 * The three files for clients in `Pkginfo.box`: `.PKG` (the programs), `.NAL` (where the package is) and `.ICO` (its
 * icon). Inbox Manager mirrors them to the client access points and management points.
 */
import { join } from "node:path";

import type { ServerName } from "../../../domain/identifiers.ts";
import type { PackageDefinition } from "../../../domain/package.ts";
import { readDocument } from "../../inboxes/document-file.ts";
import { type NewDocument, type Place, putDocuments } from "../../inboxes/inbox.ts";
import { removeDurably } from "../../inboxes/whole-file.ts";

const extensions = { information: ".PKG", locations: ".NAL", icon: ".ICO" } as const;

/** Writes what is not there as it should be. `servers` are the distribution points that hold the package now. */
export async function writeClientFiles(
  place: Place,
  definition: PackageDefinition,
  servers: readonly ServerName[],
): Promise<void> {
  const {
    id: packageId,
    name,
    version: packageVersion,
    language,
    manufacturer,
    sourceVersion,
    programs,
  } = definition;
  const documents = {
    information: {
      version: 1,
      packageId,
      name,
      packageVersion,
      language,
      manufacturer,
      sourceVersion,
      programs,
    },
    locations: {
      version: 1,
      packageId,
      sourceVersion,
      distributionPoints: servers.map((server) => ({
        site: place.site,
        server,
        path: `/${place.folders.shown(join(place.folders.packageShare(server), packageId))}/`,
      })),
    },
    icon: { version: 1, packageId, icon: definition.icon },
  } as const;
  const changed: NewDocument[] = [];
  for (const part of ["information", "locations", "icon"] as const) {
    const path = pathOf(place, definition, part);
    const before = await readDocument(path).catch(() => ""); // not there yet
    if (before.toString().trimEnd() === JSON.stringify(documents[part], null, 1)) continue;
    changed.push({ path, document: documents[part], subject: { packages: [packageId], sourceVersion } });
  }
  await putDocuments(place, changed);
}

export async function removeClientFiles(place: Place, definition: PackageDefinition): Promise<void> {
  for (const part of ["information", "locations", "icon"] as const) {
    const path = pathOf(place, definition, part);
    await removeDurably(path, () =>
      place.reporter.event({ action: "deleted", file: place.folders.shown(path), packages: [definition.id] }),
    );
  }
}

function pathOf(place: Place, { id }: PackageDefinition, part: keyof typeof extensions): string {
  return join(place.folders.packageInformation, id + extensions[part]);
}
