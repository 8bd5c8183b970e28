/**
 * The sites of a new hierarchy, level by level: so many branches, spread evenly below the sites of the level above,
 * which are about as many each. Pure.
 */

/** Sites of a level with one parent, as one key of a topology file: `R01`, or a range of them, `B{01..12}`. */
export type Siblings = {
  readonly key: string;
  /** `Branch {number}` for a range, `Region 01` for one site. */
  readonly name: string;
  readonly parent: string;
  readonly count: number;
  /** 1 is below the central site. */
  readonly level: number;
  readonly isBranch: boolean;
};

export const mostBranches = 99;
export const levelCounts = ["2", "3", "4"] as const;

/** From the central site down to the branches. */
const kinds = [
  { letter: "D", word: "Division" },
  { letter: "R", word: "Region" },
  { letter: "B", word: "Branch" },
] as const;

/** Two levels are the central site and its branches. The siblings of a level stand together, parents first. */
export function siblingsOf(central: string, branches: number, levels: number): Siblings[] {
  const below = levels - 1;
  let parents = [central];
  return kinds.slice(-below).flatMap(({ letter, word }, at) => {
    const isBranch = at === below - 1;
    const count = isBranch ? branches : Math.round(branches ** ((at + 1) / below));
    const number = (index: number) => String(index + 1).padStart(2, "0");
    const siblings = parents.flatMap((parent, place): Siblings[] => {
      const [from, to] = [place, place + 1].map((edge) => Math.round((edge * count) / parents.length));
      if (from === undefined || to === undefined || from === to) return [];
      const isOne = to - from === 1;
      const key = isOne ? `${letter}${number(from)}` : `${letter}{${number(from)}..${number(to - 1)}}`;
      const name = `${word} ${isOne ? number(from) : "{number}"}`;
      return [{ key, name, parent, count: to - from, level: at + 1, isBranch }];
    });
    parents = Array.from({ length: count }, (_, index) => `${letter}${number(index)}`);
    return siblings;
  });
}
