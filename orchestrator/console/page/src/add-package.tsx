/**
 * A new package: of a folder that its site knows, for distribution points of that site or below it.
 */
import { useEffect, useState } from "react";

import type { FoldersView, SiteEntry } from "../../live-entries.ts";
import { ask } from "./api.ts";
import { useConfirm } from "./confirm.tsx";
import { type HierarchyLive, useList } from "./live.ts";

export default function AddPackage({ live }: { live: HierarchyLive }) {
  const primaries = useList<SiteEntry>(live, "site:").filter(({ type }) => type === "primary");
  const [name, setName] = useState("");
  const [folder, setFolder] = useState("");
  const [site, setSite] = useState(primaries[0]?.code ?? "");
  const [on, setOn] = useState("all");
  const [priority, setPriority] = useState("medium");
  const [folders, setFolders] = useState<FoldersView>();
  const [failure, setFailure] = useState<string>();
  const confirm = useConfirm();
  const look = (at?: string) =>
    ask<FoldersView>(`/api/folders${at ? `?in=${encodeURIComponent(at)}` : ""}`).then(
      (found) => {
        setFolders(found);
        setFailure(undefined);
      },
      (error: Error) => setFailure(error.message),
    );
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, at first
  useEffect(() => void look(), []);
  return (
    <form
      className="page form"
      onSubmit={(event) => {
        event.preventDefault();
        confirm({
          title: `Add ${name}`,
          touches: `A package is made at ${site} of ${folder}, and sent to ${on === "all" ? "every distribution point at and below it" : on}.`,
          action: { do: "add", name, folder, site, on, priority },
        });
      }}
    >
      <h2>Add a package</h2>
      <label>
        Name
        <input required maxLength={50} value={name} onChange={({ target }) => setName(target.value)} />
      </label>
      <label>
        Made at
        <select value={site} onChange={({ target }) => setSite(target.value)}>
          {primaries.map(({ code, name: words }) => (
            <option key={code} value={code}>
              {code} {words === code ? "" : words}
            </option>
          ))}
        </select>
      </label>
      <label>
        Source folder
        <input
          required
          list="known-folders"
          value={folder}
          onChange={({ target }) => setFolder(target.value)}
        />
      </label>
      <datalist id="known-folders">
        {folders?.known.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      {failure && <p className="bad">{failure}</p>}
      {folders?.folder && (
        <fieldset>
          <legend>{folders.folder}</legend>
          {folders.above && (
            <button type="button" onClick={() => void look(folders.above ?? undefined)}>
              Up
            </button>
          )}
          <ul className="plain folders">
            {folders.folders.map((one) => (
              <li key={one} className="row">
                <button type="button" onClick={() => setFolder(one)}>
                  Choose
                </button>
                <button type="button" className="link" onClick={() => void look(one)}>
                  {one.slice(one.lastIndexOf("/") + 1)}
                </button>
              </li>
            ))}
          </ul>
        </fieldset>
      )}
      <label>
        Distribution points
        <input required value={on} onChange={({ target }) => setOn(target.value)} />
        <span className="dim">all, or names of servers and codes of sites with commas</span>
      </label>
      <label>
        Priority
        <select value={priority} onChange={({ target }) => setPriority(target.value)}>
          <option>high</option>
          <option>medium</option>
          <option>low</option>
        </select>
      </label>
      <div>
        <button type="submit" className="primary">
          Add the package
        </button>
      </div>
    </form>
  );
}
