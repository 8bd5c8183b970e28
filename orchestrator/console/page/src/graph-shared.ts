/**
 * What the sites and the ways of the graph are told beside their own entries.
 */
import { createContext, useContext } from "react";

import type { HierarchyLive } from "./live.ts";

export type Shared = {
  live: HierarchyLive;
  hidden: ReadonlyMap<string, number>;
  collapsed: ReadonlySet<string>;
  toggle: (code: string) => void;
};
export const Graph = createContext<Shared | undefined>(undefined);

export function useShared(): Shared {
  const shared = useContext(Graph);
  if (!shared) throw new Error("this is not within a graph");
  return shared;
}
