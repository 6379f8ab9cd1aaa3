// @ts-check
// The console's pages, in the order of the sidebar. A page's words are `words/<language>/<id>.js`, its styles
// `styles/<id>.css`, and its module exports the component as default.

/**
 * `service` is the service that the page needs; `probe` a path of its API that answers when it runs. A page
 * `forAdministrators` is hidden from others. `hasStyles` loads `styles/<id>.css`.
 * @typedef {{id: string, path: string, icon: string, load: () => Promise<{default: (props: {segments: string[]}) => any}>,
 *   service?: string, probe?: string, forAdministrators?: boolean, hasStyles?: boolean}} PageEntry
 */

/** @type {PageEntry[]} */
export const PAGES = [
  { id: "chat", path: "/", icon: "chat", load: () => import("./pages/chat/page.js") },
  {
    id: "documents", path: "/documents", icon: "documents", service: "rag", probe: "/v1/rag/status", hasStyles: true,
    load: () => import("./pages/documents/page.js"),
  },
  {
    id: "data", path: "/data", icon: "database", service: "connection", probe: "/api/connections", hasStyles: true,
    load: () => import("./pages/data/page.js"),
  },
  { id: "models", path: "/models", icon: "models", forAdministrators: true, load: () => import("./pages/models/page.js") },
  { id: "operate", path: "/operate", icon: "operate", forAdministrators: true, load: () => import("./pages/operate/page.js") },
];

/** The page of a path: the one with the longest path that it is below. "/chat/..." belongs to the start page. */
export function pageOf(/** @type {string} */ path) {
  const own = PAGES.find((one) => one.path !== "/" && (path === one.path || path.startsWith(`${one.path}/`)));
  if (own) return own;
  return path === "/" || path === "/chat" || path.startsWith("/chat/") ? PAGES[0] : null;
}
