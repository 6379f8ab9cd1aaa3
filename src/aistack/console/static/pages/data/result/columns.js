// @ts-check
// The columns of a result: which have numbers, how values are written, compared and sized.

import { isNumeric, isTemporal } from "../dialects.js";

const CHARACTER = 7.4, PADDING = 22, NARROWEST = 64, WIDEST = 340, LOOKED_AT = 60; // pixels; rows
/** @typedef {import("../api.js").Result} Result */
/** @typedef {{name: string, type: string, kind: "number" | "time" | "text", width: number, at: number}} Column */

/** A value as text; NULL is null. @param {unknown} value @returns {string | null} */
export function textOf(value) {
  if (value === null || value === undefined) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** @param {unknown} value */
const looksNumeric = (value) => typeof value === "number" || (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)));

/** @param {string} text */
const lengthOf = (text) => [...text.slice(0, 200)].reduce((sum, one) => sum + (/[\u2e80-\uffef]/.test(one) ? 1.8 : 1), 0);

/** @param {Pick<Result, "columns" | "rows">} result @returns {Column[]} */
export function columnsOf(result) {
  return result.columns.map((column, at) => {
    const values = result.rows.slice(0, LOOKED_AT).map((row) => row[at]), given = values.filter((one) => one !== null && one !== undefined);
    const isNumber = given.length > 0 && given.every(looksNumeric) && (isNumeric(column.type) || given.every((one) => typeof one === "number"));
    const kind = isNumber ? "number" : isTemporal(column.type) || (given.length > 0 && given.every((one) => /^\d{4}-\d\d(-\d\d|$)/.test(String(one)))) ? "time" : "text";
    const widest = Math.max(lengthOf(column.name) + 3, ...values.map((one) => lengthOf(textOf(one) ?? "NULL")));
    return { name: column.name, type: column.type, kind, width: Math.round(Math.min(Math.max(widest * CHARACTER + PADDING, NARROWEST), WIDEST)), at };
  });
}

/** The order of a result's rows by one column, as indices; NULL comes last. @param {unknown[][]} rows @param {Column | undefined} column @param {boolean} isDown */
export function orderOf(rows, column, isDown) {
  const order = rows.map((_, at) => at);
  if (!column) return order;
  const compare = new Intl.Collator(undefined, { numeric: true }).compare, sign = isDown ? -1 : 1;
  return order.sort((a, b) => {
    const left = rows[a][column.at], right = rows[b][column.at];
    if (left === null || right === null) return left === right ? a - b : left === null ? 1 : -1;
    const by = column.kind === "number" ? Number(left) - Number(right) : compare(textOf(left) ?? "", textOf(right) ?? "");
    return by * sign || a - b;
  });
}

/** Rows as text with tabs, as spreadsheets take it. @param {string[]} head @param {unknown[][]} rows */
export const asTabbed = (head, rows) => [...(head.length ? [head] : []), ...rows.map((row) => row.map((one) => textOf(one) ?? ""))]
  .map((row) => row.map((one) => (/[\t\n\r"]/.test(one) ? `"${one.replaceAll('"', '""')}"` : one)).join("\t")).join("\n");
