/**
 * The nodes of a swarm that can have sites, and where each is reached from here.
 */
import type Docker from "dockerode";
import { z } from "zod";

const node = z.object({
  ID: z.string(),
  Spec: z.object({ Availability: z.string() }),
  Status: z.object({ State: z.string(), Addr: z.string().optional() }),
});

/** By the node's id; this machine itself is on loopback. */
export async function nodeAddresses(docker: Docker): Promise<Map<string, string>> {
  const { Swarm } = await docker.info();
  const nodes = z.array(node).parse(await docker.listNodes());
  return new Map(
    nodes
      .filter(({ Spec, Status }) => Spec.Availability === "active" && Status.State === "ready")
      .map(({ ID, Status }) => [ID, ID === Swarm?.NodeID ? "127.0.0.1" : (Status.Addr ?? "127.0.0.1")]),
  );
}
