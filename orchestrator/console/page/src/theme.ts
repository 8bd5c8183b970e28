/**
 * Dark or light: what the visitor chose for this page, else what their system has.
 */

export type Theme = "" | "light" | "dark";
export const themes = [
  ["", "System"],
  ["light", "Light"],
  ["dark", "Dark"],
] as const;

export function chosenTheme(): Theme {
  const kept = localStorage.getItem("theme");
  return kept === "light" || kept === "dark" ? kept : "";
}

export function chooseTheme(theme: Theme): void {
  document.documentElement.style.colorScheme = theme === "" ? "light dark" : theme;
  localStorage.setItem("theme", theme);
}

/** Calls back when it has changed, until what is returned is called: what is drawn on a canvas does not follow by itself. */
export function onTheme(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = new MutationObserver(changed);
  system.addEventListener("change", changed);
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  return () => {
    system.removeEventListener("change", changed);
    chosen.disconnect();
  };
}
