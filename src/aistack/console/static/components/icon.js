// @ts-check
// Icons: strokes on a 24 by 24 grid, drawn in the colour of the text.

import { html } from "../vendor/preact.js";

/** @type {Record<string, string>} */
const PATHS = {
  chat: "M4 5h16v11H9l-5 4z", documents: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  database: "M4 6c0-4 16-4 16 0v12c0 4-16 4-16 0zM4 6c0 4 16 4 16 0M4 12c0 4 16 4 16 0",
  trends: "M3 17l6-6 4 4 8-9M15 6h6v6", models: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
  operate: "M4 19a9 9 0 1 1 16 0M12 14l4-5", people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2 20c0-8 14-8 14 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c3 .8 4 3 4 5.5",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5", plus: "M12 5v14M5 12h14", upload: "M12 16V4M7 9l5-5 5 5M4 16v4h16v-4",
  download: "M12 4v12M7 11l5 5 5-5M4 18v2h16v-2", more: "M5.6 12a.6.6 0 1 0-1.2 0 .6.6 0 0 0 1.2 0zM12.6 12a.6.6 0 1 0-1.2 0 .6.6 0 0 0 1.2 0zM19.6 12a.6.6 0 1 0-1.2 0 .6.6 0 0 0 1.2 0z", close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.5l4.5 4.5L19 7.5", down: "M6 9l6 6 6-6", up: "M6 15l6-6 6 6", right: "M9 6l6 6-6 6", left: "M15 6l-6 6 6 6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1", share: "M12 15V4M8 7.5L12 4l4 3.5M6 12H5v8h14v-8h-1", refresh: "M20 11a8 8 0 0 0-14.5-4L4 9M4 4v5h5M4 13a8 8 0 0 0 14.5 4L20 15M20 20v-5h-5",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5", tag: "M4 4h8l8 8-8 8-8-8zM8 8h.01", sidebar: "M4 5h16v14H4zM9 5v14", menu: "M4 7h16M4 12h16M4 17h16",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5",
  moon: "M20 14A8.5 8.5 0 0 1 10 4a8.5 8.5 0 1 0 10 10z", screen: "M3 5h18v12H3zM8 21h8M12 17v4", globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18",
  key: "M8 18a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM11 11l8-8M16 6l3 3", leave: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9", user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-8 16-8 16 0",
  external: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6", folder: "M3 6h6l2 2h10v11H3z", link: "M10 14l4-4M8 11l-3 3a3.5 3.5 0 0 0 5 5l3-3M16 13l3-3a3.5 3.5 0 0 0-5-5l-3 3",
  graph: "M6 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM18 11a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM9 20a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM8 6.5l8 2M16.5 10.5l-6 6M6.5 8l2 8",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01", offline: "M3 3l18 18M5 12a10 10 0 0 1 4-2.3M2 8.5A15 15 0 0 1 6 6M19 12a10 10 0 0 0-5-2.6M22 8.5A15 15 0 0 0 10 5M9 15.5a5 5 0 0 1 6 0M12 19h.01",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3", gone: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 9h.01M16 9h.01M8 16.5c2-2 6-2 8 0", play: "M7 4l13 8-13 8z",
  code: "M8 8l-4 4 4 4M16 8l4 4-4 4", info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01", edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3", undo: "M8 5L4 9l4 4M4 9h10a5 5 0 0 1 0 10h-4",
  eye: "M2 12c4-9 16-9 20 0-4 9-16 9-20 0zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z", power: "M12 3v9M6.5 7a8 8 0 1 0 11 0", stop: "M6 6h12v12H6z", path: "M5 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM19 20a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM5 8v6a4 4 0 0 0 4 4h8",
};

/** @param {{name: string, label?: string}} props `label` for icons that say something that no text says */
export function Icon({ name, label }) {
  return html`<svg class="icon" viewBox="0 0 24 24" role=${label ? "img" : undefined} aria-label=${label}
    aria-hidden=${label ? undefined : "true"}><path d=${PATHS[name] ?? PATHS.info} /></svg>`;
}
