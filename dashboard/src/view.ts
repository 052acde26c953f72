// What is looked at, all of it in the address: a link shows a colleague the same page, and "back"
// goes back.
import { useSyncExternalStore } from "react";
import { businessDate } from "./format";

export const FILTERS = ["merchant_id", "payment_method", "gateway"] as const;
export const SPANS: [string, number][] = [
  ["Today", 1],
  ["7 days", 7],
  ["30 days", 30],
  ["90 days", 90],
];
export const DEFAULT_DAYS = 30;
const MORE = ["source_type", "from_date", "to_date", "as_of", "compare"];
const ASKED = new Set<string>([...FILTERS, ...MORE]);

/** The query of an answer for a page's address. `days` become dates, so that midnight moves on. */
export function queryOf(address: URLSearchParams, now: Date): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of address) {
    if (ASKED.has(name) && value !== "") query.append(name, value);
  }
  if (!query.has("from_date") && !query.has("to_date")) {
    const wanted = Number(address.get("days"));
    const days = SPANS.some(([, n]) => n === wanted) ? wanted : DEFAULT_DAYS;
    const last = query.get("as_of") ? new Date(query.get("as_of") as string) : now;
    query.set("from_date", businessDate(last, 1 - days));
    query.set("to_date", businessDate(last, 1));
  }
  return query;
}

/** An address with some values set; null and "" take one away. */
export function changed(
  address: URLSearchParams,
  values: Record<string, string | string[] | null>,
): URLSearchParams {
  const next = new URLSearchParams(address);
  for (const [name, value] of Object.entries(values)) {
    next.delete(name);
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one != null && one !== "") next.append(name, one);
    }
  }
  return next;
}

const MOVED = "settlement:moved";

/** Go to another view of this page. */
export function go(values: Record<string, string | string[] | null>): void {
  const next = changed(new URLSearchParams(location.search), values).toString();
  history.pushState(null, "", next ? `?${next}` : location.pathname);
  dispatchEvent(new Event(MOVED));
}

function listen(changedNow: () => void): () => void {
  addEventListener("popstate", changedNow);
  addEventListener(MOVED, changedNow);
  return () => {
    removeEventListener("popstate", changedNow);
    removeEventListener(MOVED, changedNow);
  };
}

/** What the address says, kept up to date. */
export function useAddress(): URLSearchParams {
  return new URLSearchParams(useSyncExternalStore(listen, () => location.search));
}
