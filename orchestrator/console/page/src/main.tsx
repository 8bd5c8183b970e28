/**
 * Where the page begins: the token of the address is exchanged, then the hierarchy is followed.
 */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import type { HierarchyEntries } from "../../live-entries.ts";
import { takeToken } from "./api.ts";
import { App } from "./app.tsx";
import { Live } from "./live.ts";
import "@xyflow/react/dist/base.css";
import "../styles/base.css";
import "../styles/frame.css";
import "../styles/graph.css";
import "../styles/pages.css";

const root = createRoot(document.getElementById("root") as HTMLElement);
try {
  await takeToken();
  const live = new Live<HierarchyEntries>("/api/stream");
  root.render(
    <StrictMode>
      <App live={live} />
    </StrictMode>,
  );
} catch (error) {
  root.render(
    <main className="notice">
      <h1>This address is of another console</h1>
      <p>{(error as Error).message}</p>
    </main>,
  );
}
