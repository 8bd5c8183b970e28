/**
 * Attaching a child to its parent: each is told the other's public key, where it is, the secret to show there,
 * and the secret that the other will show. The sites keep all of it in their databases.
 */
import { randomBytes } from "node:crypto";

import { standardAddress } from "../domain/address.ts";
import type { SiteCode } from "../domain/identifiers.ts";
import type { Neighbour, Relation, SiteDescription } from "../domain/site-face.ts";
import type { SiteClient } from "./site-client.ts";

/**
 * Resolves once both sites know each other. Done again, it changes nothing where both know each other by the same
 * address and key; where one has moved or lost its folder, both get new secrets.
 */
export async function attach(parent: SiteClient, child: SiteClient): Promise<void> {
  const [above, below] = await Promise.all([parent.describe(), child.describe()]);
  if (knows(above, child, "child") && knows(below, parent, "parent")) return;
  const down = freshCredentials(parent.code);
  const up = freshCredentials(child.code);
  // The parent first: a child that is told of its parent sends at once what it knows of the sites below it.
  await parent.setNeighbour(neighbourOf(child, below, "child", down, up));
  await child.setNeighbour(neighbourOf(parent, above, "parent", up, down));
}

function knows(description: SiteDescription, other: SiteClient, relation: Relation): boolean {
  return description.neighbours.some(
    (neighbour) =>
      neighbour.code === other.code && neighbour.relation === relation && neighbour.url === other.addressUrl,
  );
}

type Credentials = { readonly account: string; readonly secret: string };

/** The account that a site uses at others, under the name that SMS gives it. */
function freshCredentials(sender: SiteCode): Credentials {
  return { account: `SMSServer_${sender}`, secret: randomBytes(32).toString("base64url") };
}

function neighbourOf(
  other: SiteClient,
  { publicKey }: SiteDescription,
  relation: Relation,
  shows: Credentials,
  accepts: Credentials,
): Neighbour {
  return {
    code: other.code,
    relation,
    publicKey,
    share: { url: other.addressUrl, ...shows },
    addresses: [standardAddress],
    accepts,
  };
}
