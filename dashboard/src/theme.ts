// Charts take their colours from the page's style sheet, so that both change together.
import { useSyncExternalStore } from "react";

const dark = matchMedia("(prefers-color-scheme: dark)");
const KEY = "settlement.theme";
const CHANGED = "settlement:theme";

export type Theme = "light" | "dark";

function current(): Theme {
  const chosen = localStorage.getItem(KEY);
  return chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
}

/** Puts the theme on the page, before anything is drawn. */
export function showTheme(): void {
  document.documentElement.dataset.theme = current();
}

export function choose(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  showTheme();
  dispatchEvent(new Event(CHANGED));
}

function listen(changed: () => void): () => void {
  const moved = () => {
    showTheme();
    changed();
  };
  dark.addEventListener("change", moved);
  addEventListener(CHANGED, moved);
  return () => {
    dark.removeEventListener("change", moved);
    removeEventListener(CHANGED, moved);
  };
}

export function useTheme(): Theme {
  return useSyncExternalStore(listen, current);
}

/** A colour of the style sheet by its name. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
