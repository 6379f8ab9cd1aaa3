// @ts-check
// Where one is: the address says what every view shows, so it can be shared and Back works.

import { signal } from "../vendor/preact.js";
import { urlOf } from "../api/http.js";

/**
 * The address in parts. `query` has the last value of each name.
 * @typedef {{path: string, segments: string[], query: Record<string, string>}} Place
 */

/** @returns {Place} */
function read() {
  const segments = location.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  return { path: location.pathname, segments, query: Object.fromEntries(new URLSearchParams(location.search)) };
}

export const place = signal(read());

/**
 * The address of a view. Segments are encoded.
 * @param {string[]} segments
 * @param {import("../api/http.js").Query} [query]
 */
export const addressOf = (segments, query) => urlOf(`/${segments.map(encodeURIComponent).join("/")}`, query);

/**
 * Goes to a view.
 * @param {string} address
 * @param {{replace?: boolean}} [options] `replace` for changes that Back should not step through, such as typing
 */
export function go(address, { replace = false } = {}) {
  if (address === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  place.value = read();
}

/**
 * Changes parts of the query and keeps the others. Empty values are removed.
 * @param {Record<string, string | number | null>} changes
 * @param {{replace?: boolean}} [options]
 */
export function setQuery(changes, options) {
  go(urlOf(location.pathname, { ...place.value.query, ...changes }), options);
}

/**
 * One value of the query, and a function that sets it.
 * @param {string} name
 * @param {string} [fallback] stands for a missing value, and is not written into the address
 * @returns {[string, (value: string, options?: {replace?: boolean}) => void]}
 */
export function useQuery(name, fallback = "") {
  const value = place.value.query[name] ?? fallback;
  return [value, (wanted, options) => setQuery({ [name]: wanted === fallback ? null : wanted }, options)];
}

/**
 * Follows links to the console's own pages without loading the page again.
 * @param {(path: string) => boolean} isPage
 */
export function startRouter(isPage) {
  addEventListener("popstate", () => { place.value = read(); });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = /** @type {Element} */ (event.target).closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
    const to = new URL(link.href);
    if (to.origin !== location.origin || !isPage(to.pathname)) return;
    event.preventDefault();
    go(to.pathname + to.search);
  });
}
