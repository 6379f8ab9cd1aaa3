// @ts-check
// What somebody set for this browser: language, theme, whether the sidebar is collapsed.

import { signal } from "../vendor/preact.js";

/** @type {import("../vendor/preact.js").Signal<"en" | "zh">} */
export const language = signal(document.documentElement.lang.startsWith("zh") ? "zh" : "en");
/** @type {import("../vendor/preact.js").Signal<"system" | "light" | "dark">} */
export const theme = signal(/** @type {any} */ (localStorage.getItem("theme") ?? "system"));
export const isCollapsed = signal(localStorage.getItem("sidebar") === "collapsed");

/** @param {"system" | "light" | "dark"} value */
export function setTheme(value) {
  theme.value = value;
  localStorage.setItem("theme", value);
  if (value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
}

/** @param {boolean} value */
export function setCollapsed(value) {
  isCollapsed.value = value;
  localStorage.setItem("sidebar", value ? "collapsed" : "open");
  document.documentElement.dataset.sidebar = value ? "collapsed" : "open";
}
