/**
 * Attaching a child to its parent, and parting them. Attached, each is told the other's public key, where it is, by which addresses to send
 * there, the secret to show, and the secret that the other will show. The sites keep all of it in their databases.
 */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import { type Address, standardAddress } from "../domain/address.ts";
import type { SiteCode } from "../domain/identifiers.ts";
import type { Neighbour, Relation, SiteDescription } from "../domain/site-face.ts";
import { Failure } from "./failure.ts";
import type { SiteClient } from "./site-client.ts";

export type AddressesBothWays = {
  /** From the parent to the child, in the order of relative priority. */
  readonly down: readonly Address[];
  /** From the child to the parent. */
  readonly up: readonly Address[];
};

const standardAddresses: AddressesBothWays = { down: [standardAddress], up: [standardAddress] };

/**
 * Resolves once both sites know each other. Done again, it changes nothing where both know each other at the same
 * place, by the same key and addresses; where one has moved or lost its folder, or an address is another, both get
 * new secrets.
 */
export async function attach(
  parent: SiteClient,
  child: SiteClient,
  { down: addressesDown, up: addressesUp } = standardAddresses,
): Promise<void> {
  const [above, below] = await Promise.all([parent.describe(), child.describe()]);
  if (knows(above, child, "child", addressesDown) && knows(below, parent, "parent", addressesUp)) return;
  const down = freshCredentials(parent.code);
  const up = freshCredentials(child.code);
  // The parent first: a child that is told of its parent sends at once what it knows of the sites below it.
  await parent.setNeighbour(neighbourOf(child, below, "child", addressesDown, down, up));
  await child.setNeighbour(neighbourOf(parent, above, "parent", addressesUp, up, down));
}

function knows(
  description: SiteDescription,
  other: SiteClient,
  relation: Relation,
  addresses: readonly Address[],
): boolean {
  return description.neighbours.some(
    (neighbour) =>
      neighbour.code === other.code &&
      neighbour.relation === relation &&
      neighbour.url === other.addressUrl &&
      isDeepStrictEqual(neighbour.addresses, addresses),
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
  addresses: readonly Address[],
  shows: Credentials,
  accepts: Credentials,
): Neighbour {
  return {
    code: other.code,
    relation,
    publicKey,
    share: { url: other.addressUrl, ...shows },
    addresses,
    accepts,
  };
}

/**
 * Parts a site from its parent, in whichever of the two knows of it; done again, it does what is left. Returns what was
 * done, in words. Rejects where no site here knows it as its child, nor it a parent.
 */
export async function detach(sites: readonly SiteClient[], code: SiteCode): Promise<string[]> {
  const words: string[] = [];
  const failures: Failure[] = [];
  for (const site of sites) {
    try {
      const { neighbours } = await site.describe();
      const isChild = neighbours.some((one) => one.code === code && one.relation === "child");
      const parent = neighbours.find((one) => one.relation === "parent");
      if (isChild) {
        await site.removeNeighbour(code);
        words.push(`site ${site.code} has removed its child ${code}`);
      } else if (site.code === code && parent) {
        await site.removeNeighbour(parent.code);
        words.push(`site ${code} has left its parent ${parent.code}`);
      }
    } catch (error) {
      if (!(error instanceof Failure) || error.kind === "usage") throw error;
      failures.push(error);
    }
  }
  const [failure] = failures;
  if (words.length > 0)
    return [...words, ...failures.map(({ message }) => `${message} Remove it again then.`)];
  if (failure) throw failure;
  const known = sites.map((site) => site.code).join(", ");
  throw new Failure("usage", `site ${code} is no child of the sites that run (${known})`);
}
