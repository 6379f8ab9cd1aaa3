// @ts-check
// Questions to begin with: those that were answered before, else some that the schema suggests.

import { language } from "../../../shell/preferences.js";
import { say } from "../../../shell/words.js";
import { isTemporal } from "../dialects.js";

const PAST_MAX = 4, MADE_MAX = 6;
/** @typedef {import("../api.js").TableInfo} TableInfo */

/** A table's name as people say it. @param {TableInfo} table */
const spoken = (table) => (table.name.split(".").pop() ?? "").replaceAll("_", " ");
/** @param {string} text */
const isChinese = (text) => /[\u4e00-\u9fff]/.test(text);

/** Questions that were answered, each once. @param {import("../api.js").Question[]} questions */
export const answeredBefore = (questions) => [...new Set(questions.filter((one) => one.status === "ready").map((one) => one.question))].slice(0, PAST_MAX);

/** Questions about tables that others refer to, that have times, or many rows. @param {TableInfo[]} tables @returns {string[]} */
export function suggestedBy(tables) {
  const plain = tables.filter((one) => /^[\p{L}][\p{L}\p{N}_. ]*$/u.test(one.name) && one.columns.length > 1 && (language.value === "zh" || !isChinese(one.name)));
  const weight = (/** @type {TableInfo} */ one) => one.foreign_keys.length * 2 + (one.columns.some((column) => isTemporal(column.type)) ? 2 : 0) + Math.log10((one.rows ?? 0) + 1);
  const [main, ...others] = plain.sort((a, b) => weight(b) - weight(a));
  if (!main) return [];
  const made = [say("data.suggest-count", spoken(main))];
  if (main.columns.some((one) => isTemporal(one.type))) made.push(say("data.suggest-months", spoken(main)));
  for (const key of main.foreign_keys.slice(0, 2)) {
    const parent = plain.find((one) => one.name === key.table && one !== main);
    if (parent) made.push(say("data.suggest-most", spoken(parent), spoken(main)));
  }
  return [...new Set([...made, ...others.slice(0, 3).map((one) => say("data.suggest-count", spoken(one)))])].slice(0, MADE_MAX);
}
