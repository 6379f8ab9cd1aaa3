// @ts-check
// The editor's tabs, kept in this browser, and what running their statements gave.

import { signal } from "../../../vendor/preact.js";
import { say } from "../../../shell/words.js";

const KEPT = "data.sql.tabs", TABS_MAX = 40;
/**
 * `saved` is the saved query that the tab has; `parameters` are texts as they were typed.
 * @typedef {{id: string, name: string, connection: string, sql: string, saved?: string, parameters?: Record<string, string>}} Tab
 * @typedef {{isRunning: boolean, sql: string, queryId: string, startedAt: number, result?: import("../api.js").Result, value?: unknown, elapsed?: number,
 *   plan?: string[], error?: any}} Outcome
 */

/** @returns {Tab[]} */
function read() {
  try {
    const all = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(all) ? all.filter((one) => typeof one?.id === "string" && typeof one.sql === "string" && typeof one.connection === "string") : [];
  } catch { return []; }
}

export const tabs = signal(read());
export const outcomes = signal(/** @type {Record<string, Outcome>} */ ({}));

export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {Tab[]} all */
function keep(all) {
  tabs.value = all.slice(-TABS_MAX);
  try { localStorage.setItem(KEPT, JSON.stringify(tabs.value)); } catch { /* the tabs last as long as the page */ }
}

/** @param {Partial<Tab> & {connection: string}} wanted @returns {Tab} */
export function openTab(wanted) {
  const used = new Set(tabs.value.map((one) => one.name));
  let number = 1;
  while (used.has(say("data.query-number", number))) number++;
  const made = { id: newId().slice(0, 8), name: say("data.query-number", number), sql: "", ...wanted };
  keep([...tabs.value, made]);
  return made;
}

/** @param {string} id @param {Partial<Tab>} change */
export const changeTab = (id, change) => keep(tabs.value.map((one) => (one.id === id ? { ...one, ...change } : one)));

/** Closes a tab and gives the one that comes to its place, if there is one. @param {string} id */
export function closeTab(id) {
  const at = tabs.value.findIndex((one) => one.id === id), left = tabs.value.filter((one) => one.id !== id);
  keep(left);
  setOutcome(id, null);
  return left[Math.min(at, left.length - 1)];
}

/** @param {string} id @param {Outcome | null} outcome */
export function setOutcome(id, outcome) {
  const { [id]: _, ...others } = outcomes.value;
  outcomes.value = outcome ? { ...others, [id]: outcome } : others;
}
