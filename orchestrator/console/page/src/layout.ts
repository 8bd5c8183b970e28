/**
 * Where each site is drawn: the layout of trees that `spoolnet graph` has, but that many children without any of their own
 * stand in a block of several columns. Pure, and at once: it is done again whenever a level is opened.
 */
import { treeLayout } from "../../../graph/tree-layout.ts";

/** `isInBlock`: there is no room for what is said of the way to it. */
export type Place = { readonly x: number; readonly y: number; readonly isInBlock: boolean };
export type Placed = ReadonlyMap<string, Place>;
type Node = { readonly code: string; readonly parent: string | null };

/** Of a site, as its style has it. */
export const [width, height] = [190, 62] as const;
const [gap, rowGap] = [26, 34] as const;
/** More childless children of a site than this stand in a block. */
const column = 8;

/** Side by side in rows; one that stands alone is a block of one. */
type Block = { readonly codes: readonly string[]; readonly across: number };

/** `layerGap`: between a parent and its children. */
export function placed(nodes: readonly Node[], layerGap: number): Placed {
  const below = Map.groupBy(nodes, ({ parent }) => parent);
  const blocksBelow = ({ codes }: Block): Block[] => {
    const children = codes.length === 1 ? (below.get(codes[0] ?? "") ?? []) : [];
    const childless = children.filter(({ code }) => !below.has(code));
    if (childless.length <= column) return children.map(({ code }) => alone(code));
    const others = children.filter(({ code }) => below.has(code));
    const across = Math.ceil(Math.sqrt(childless.length / 2.2));
    return [...others.map(({ code }) => alone(code)), { codes: childless.map(({ code }) => code), across }];
  };
  const [root] = below.get(null) ?? [];
  const found = new Map<string, Place>();
  if (!root) return found;
  const known = new Map<Block, readonly Block[]>();
  const childrenOf = (block: Block) => {
    const children = known.get(block) ?? blocksBelow(block); // the same blocks each time: they are keys
    known.set(block, children);
    return children;
  };
  const roomOf = (block: Block) => ({ above: heightOf(block) / 2, below: heightOf(block) / 2 + rowGap });
  for (const [block, { level, middle }] of treeLayout(alone(root.code), childrenOf, roomOf, 0).places) {
    const [left, top] = [level * (width + layerGap), middle - heightOf(block) / 2];
    for (const [index, code] of block.codes.entries()) {
      const [x, y] = [index % block.across, Math.floor(index / block.across)];
      const isInBlock = block.codes.length > 1;
      found.set(code, { x: left + x * (width + gap), y: top + y * (height + gap), isInBlock });
    }
  }
  return found;
}

function alone(code: string): Block {
  return { codes: [code], across: 1 };
}

function heightOf({ codes, across }: Block): number {
  return Math.ceil(codes.length / across) * (height + gap) - gap;
}
