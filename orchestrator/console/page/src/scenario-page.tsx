/**
 * A scenario to be played from now on, in the words of a topology file.
 */
import { useState } from "react";

import type { SiteEntry } from "../../live-entries.ts";
import { useConfirm } from "./confirm.tsx";
import { type HierarchyLive, useList } from "./live.ts";

export default function ScenarioPage({ live }: { live: HierarchyLive }) {
  const child = useList<SiteEntry>(live, "site:").find(({ parent }) => parent !== null);
  const [steps, setSteps] = useState(
    child ? `- { at: +1m, cut: [${child.parent}, ${child.code}], for: 15m }\n` : "",
  );
  const confirm = useConfirm();
  return (
    <form
      className="page form"
      onSubmit={(event) => {
        event.preventDefault();
        const count = steps.split("\n").filter((line) => line.trimStart().startsWith("-")).length;
        confirm({
          title: "Run the scenario",
          touches: `${count} steps are played from now on. What they name is cut, ended or changed at its time.`,
          action: { do: "scenario", steps },
        });
      }}
    >
      <h2>Run a scenario</h2>
      <label>
        <span>
          Steps, as under <code>scenario:</code> in a topology file; times count from now
        </span>
        <textarea
          rows={12}
          spellCheck={false}
          value={steps}
          onChange={({ target }) => setSteps(target.value)}
        />
      </label>
      <div>
        <button type="submit" className="primary">
          Run it
        </button>
      </div>
    </form>
  );
}
