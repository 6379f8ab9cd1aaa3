// @ts-check
// The rows of a result, of any number and width: only cells in view are in the page. Arrow keys move, Shift extends,
// Ctrl-C copies, Enter shows a value whole.

import { html, useEffect, useId, useMemo, useRef, useState } from "../../../vendor/preact.js";
import { Button } from "../../../components/button.js";
import { copyText } from "../../../components/copy.js";
import { Dialog } from "../../../components/dialog.js";
import { number } from "../../../components/format.js";
import { Icon } from "../../../components/icon.js";
import { say } from "../../../shell/words.js";
import { asTabbed, columnsOf, orderOf, textOf } from "./columns.js";

const ROW = 30, HEAD = 34, NUMBERS = 56, SPARE = 6, PAGE = 15; // pixels; rows
/** @typedef {import("../api.js").Result} Result */
/** @typedef {{row: number, column: number}} Cell */

/** @param {{result: Result, label: string, heightMax?: number}} props without `heightMax` it fills its place */
export function ResultGrid({ result, label, heightMax }) {
  const id = useId(), frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [view, setView] = useState({ top: 0, left: 0, width: 900, height: 500 }), [sort, setSort] = useState({ at: -1, isDown: false });
  const [cell, setCell] = useState(/** @type {Cell} */ ({ row: 0, column: 0 })), [from, setFrom] = useState(/** @type {Cell} */ ({ row: 0, column: 0 })), [open, setOpen] = useState(/** @type {Cell | null} */ (null));
  const columns = useMemo(() => columnsOf(result), [result]), order = useMemo(() => orderOf(result.rows, columns[sort.at], sort.isDown), [result, columns, sort]);
  const edges = useMemo(() => columns.reduce((all, one) => [...all, all[all.length - 1] + one.width], [NUMBERS]), [columns]);
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const measure = () => setView({ top: element.scrollTop, left: element.scrollLeft, width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => { observer.disconnect(); element.removeEventListener("scroll", measure); };
  }, []);
  const count = order.length, first = Math.max(0, Math.floor(view.top / ROW) - SPARE), last = Math.min(count, Math.ceil((view.top + view.height) / ROW) + SPARE);
  const left = Math.max(0, edges.findIndex((edge) => edge > view.left) - 2), right = Math.min(columns.length, columns.findIndex((_, at) => edges[at] > view.left + view.width) + 1 || columns.length);
  const shown = columns.slice(left, right);
  const area = { top: Math.min(cell.row, from.row), bottom: Math.max(cell.row, from.row), left: Math.min(cell.column, from.column), right: Math.max(cell.column, from.column) };
  const isIn = (/** @type {number} */ row, /** @type {number} */ column) => row >= area.top && row <= area.bottom && column >= area.left && column <= area.right;
  const valueAt = (/** @type {Cell} */ one) => result.rows[order[one.row]]?.[one.column];
  const moveTo = (/** @type {Cell} */ wanted, /** @type {boolean} */ isExtending) => {
    const to = { row: Math.max(0, Math.min(count - 1, wanted.row)), column: Math.max(0, Math.min(columns.length - 1, wanted.column)) }, element = frame.current;
    setCell(to);
    if (!isExtending) setFrom(to);
    if (!element) return;
    const top = to.row * ROW, begin = edges[to.column], end = edges[to.column + 1];
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW + HEAD > element.scrollTop + element.clientHeight) element.scrollTop = top + ROW + HEAD - element.clientHeight;
    if (begin - NUMBERS < element.scrollLeft) element.scrollLeft = begin - NUMBERS;
    else if (end > element.scrollLeft + element.clientWidth) element.scrollLeft = end - element.clientWidth;
  };
  const copy = () => {
    const rows = order.slice(area.top, area.bottom + 1).map((at) => result.rows[at].slice(area.left, area.right + 1));
    copyText(asTabbed(rows.length === 1 && area.left === area.right ? [] : columns.slice(area.left, area.right + 1).map((one) => one.name), rows));
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.target !== event.currentTarget) return;
    const { row, column } = cell, isFar = event.ctrlKey || event.metaKey;
    const to = { ArrowDown: { row: row + 1, column }, ArrowUp: { row: row - 1, column }, ArrowRight: { row, column: column + 1 }, ArrowLeft: { row, column: column - 1 },
      PageDown: { row: row + PAGE, column }, PageUp: { row: row - PAGE, column }, Home: { row: isFar ? 0 : row, column: 0 }, End: { row: isFar ? count - 1 : row, column: columns.length - 1 } }[event.key];
    if (to) moveTo(to, event.shiftKey);
    else if (event.key === "Enter" && count) setOpen(cell);
    else if (isFar && event.key.toLowerCase() === "c" && count) copy();
    else if (isFar && event.key.toLowerCase() === "a") { setFrom({ row: 0, column: 0 }); setCell({ row: count - 1, column: columns.length - 1 }); } else return;
    event.preventDefault();
  };
  const click = (/** @type {MouseEvent} */ event, /** @type {Cell} */ one) => { setCell(one); if (!event.shiftKey) setFrom(one); frame.current?.focus({ preventScroll: true }); };
  const height = heightMax ? Math.min(heightMax, count * ROW + HEAD + 14) : 0;
  return html`<div class="data-grid-box"><div class="data-grid-frame" ref=${(/** @type {HTMLElement | null} */ element) => { frame.current = element; if (element && height) element.style.height = `${height}px`; }} role="grid" tabindex="0" aria-label=${label}
      aria-rowcount=${count + 1} aria-colcount=${columns.length} aria-activedescendant=${count ? `${id}-${cell.row}-${cell.column}` : undefined} aria-multiselectable="true" onKeyDown=${press}>
    <div class="data-grid-head" role="row" aria-rowindex="1" ref=${placed({ width: edges[columns.length] })}><span class="data-grid-number" role="presentation"></span>${shown.map((one) => html`
      <div key=${one.at} role="columnheader" class="data-grid-cell ${one.kind === "number" ? "right" : ""}" aria-colindex=${one.at + 1} aria-sort=${sort.at === one.at ? (sort.isDown ? "descending" : "ascending") : undefined} ref=${placed({ left: edges[one.at], width: one.width })}>
        <button type="button" class="grid-sort" tabindex="-1" title="${one.name} · ${one.type}" onClick=${() => setSort(sort.at !== one.at ? { at: one.at, isDown: false } : sort.isDown ? { at: -1, isDown: false } : { at: one.at, isDown: true })}>
          <bdi class="truncate">${one.name}</bdi>${sort.at === one.at && html`<${Icon} name=${sort.isDown ? "down" : "up"} />`}</button></div>`)}</div>
    <div role="rowgroup" class="data-grid-space" ref=${placed({ height: count * ROW, width: edges[columns.length] })}>${Array.from({ length: Math.max(0, last - first) }, (_, step) => {
      const row = first + step, values = result.rows[order[row]];
      return html`<div key=${row} role="row" class="data-grid-row" aria-rowindex=${row + 2} ref=${placed({ top: row * ROW, width: edges[columns.length] })}><span class="data-grid-number" role="presentation">${number(row + 1)}</span>${shown.map((one) => {
        const text = textOf(values[one.at]), isCurrent = row === cell.row && one.at === cell.column;
        return html`<div key=${one.at} id="${id}-${row}-${one.at}" role="gridcell" class="data-grid-cell ${one.kind === "number" ? "right number" : ""} ${text === null ? "null" : ""} ${isCurrent ? "current" : ""}" aria-colindex=${one.at + 1} aria-selected=${String(isIn(row, one.at))}
          ref=${placed({ left: edges[one.at], width: one.width })} onMouseDown=${(/** @type {MouseEvent} */ event) => event.shiftKey && event.preventDefault()} onClick=${(/** @type {MouseEvent} */ event) => click(event, { row, column: one.at })} onDblClick=${() => setOpen({ row, column: one.at })}>${text === null ? "NULL" : text.length > 300 ? `${text.slice(0, 300)}…` : text}</div>`;
      })}</div>`;
    })}</div></div>
    <div class="row data-grid-foot"><${Button} size="small" kind="ghost" icon="copy" disabled=${!count} onClick=${() => copyText(asTabbed(columns.map((one) => one.name), order.map((at) => result.rows[at])))}>${say("data.copy-all")}</${Button}><span class="muted tiny">${say("data.grid-keys")}</span></div>
    ${open && html`<${Dialog} title=${columns[open.column].name} kind="side" onClose=${() => setOpen(null)} actions=${html`<${Button} icon="copy" label=${say("shell.copy")} onClick=${() => copyText(textOf(valueAt(open)) ?? "")} />`}><p class="muted tiny">${columns[open.column].type} · ${say("data.row-number", number(open.row + 1))}</p><pre class="snippet code" tabindex="0">${pretty(valueAt(open))}</pre></${Dialog}>`}</div>`;
}

/** @param {unknown} value */
const pretty = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : textOf(value) ?? "NULL");

/** Styles are set by script: the content security policy allows none in markup. @param {{left?: number, top?: number, width?: number, height?: number}} box */
const placed = (box) => (/** @type {HTMLElement | null} */ element) => {
  if (element) for (const [name, value] of Object.entries(box)) element.style.setProperty(name, `${value}px`);
};
