/**
 * The order in which vitest takes the files: what waits longest begins first, so that none of it is left alone at the
 * end. Within a folder, the longest that vitest has seen; in a fresh checkout it has seen none.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

const folders = ["/test/crash/", "/test/integration/", "/test/browser/", "/test/examples/"];

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = folders.findIndex((folder) => moduleId.includes(folder));
      return found < 0 ? folders.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
