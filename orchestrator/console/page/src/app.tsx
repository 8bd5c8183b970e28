/**
 * The frame of the console: the clock, where one is, and the page that the address names.
 */
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";

import { ClockBar } from "./clock-bar.tsx";
import { Confirming } from "./confirm.tsx";
import { HierarchyGraph } from "./graph.tsx";
import { type HierarchyLive, useConnection, useEntry } from "./live.ts";
import { News, Packages, Sites } from "./overview.tsx";
import { chooseTheme, chosenTheme, type Theme, themes } from "./theme.ts";

const PackagePage = lazy(() => import("./package-page.tsx"));
const AddPackage = lazy(() => import("./add-package.tsx"));
const SitePage = lazy(() => import("./site-page.tsx"));
const LinkPage = lazy(() => import("./link-page.tsx"));
const ScenarioPage = lazy(() => import("./scenario-page.tsx"));

function useRoute(): string[] {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return hash
    .replace(/^#\/?/, "")
    .split("/")
    .filter((part) => part !== "");
}

function pageOf(route: readonly string[], live: HierarchyLive): ReactNode {
  const [kind = "", one = "", other = ""] = route;
  if (kind === "package") return <PackagePage key={one} live={live} id={one} />;
  if (kind === "add") return <AddPackage live={live} />;
  if (kind === "site") return <SitePage key={one} live={live} code={one} />;
  if (kind === "link") return <LinkPage key={one + other} live={live} from={one} to={other} />;
  if (kind === "scenario") return <ScenarioPage live={live} />;
  if (kind === "sites") return <Sites live={live} />;
  return (
    <div className="overview">
      <HierarchyGraph live={live} />
      <aside>
        <Packages live={live} />
        <News live={live} />
      </aside>
    </div>
  );
}

export function App({ live }: { live: HierarchyLive }) {
  const route = useRoute();
  const connection = useConnection(live);
  const hierarchy = useEntry(live, "hierarchy");
  const [theme, setTheme] = useState(chosenTheme);
  useEffect(() => chooseTheme(theme), [theme]);
  if (connection === "refused" && !hierarchy) {
    return (
      <main className="notice">
        <h1>This page does not know the console</h1>
        <p>Open the whole address that spoolnet printed, with what is after the #.</p>
      </main>
    );
  }
  if (!hierarchy) return <p className="notice">Connecting to the hierarchy</p>;
  const here = (kind: string) => ((route[0] ?? "") === kind ? "page" : undefined);
  return (
    <Confirming>
      <header>
        <h1>
          <a className="name-of-all" href="#/">
            {hierarchy.name}
          </a>
        </h1>
        <nav aria-label="Views">
          <a className="view" href="#/" aria-current={here("")}>
            Hierarchy
          </a>
          <a className="view" href="#/sites" aria-current={here("sites")}>
            Sites
          </a>
          <a className="view" href="#/add" aria-current={here("add")}>
            Add a package
          </a>
          <a className="view" href="#/scenario" aria-current={here("scenario")}>
            Scenario
          </a>
          <a className="view" href="/api/report.html" download>
            Report
          </a>
        </nav>
        <label className="theme">
          <span className="sr">Colours</span>
          <select value={theme} onChange={({ target }) => setTheme(target.value as Theme)}>
            {themes.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <ClockBar live={live} />
      </header>
      {connection !== "open" && (
        <p className="lost" role="alert">
          {connection === "refused"
            ? "The console was started anew: open the address that it printed."
            : "The connection is lost; it is tried again by itself. Does spoolnet still run?"}
        </p>
      )}
      <main>
        <Suspense fallback={<p className="notice">Loading</p>}>{pageOf(route, live)}</Suspense>
      </main>
    </Confirming>
  );
}
