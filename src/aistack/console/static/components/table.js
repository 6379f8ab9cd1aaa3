// @ts-check
// A table of any length: only the rows in view are in the page. Arrow keys move, Enter opens, Space selects.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";
import { say } from "../shell/words.js";

const ROW = 40, HEAD = 34, OVERSCAN = 8, PAGE = 12;

/**
 * `width` is a track of a CSS grid, such as "2fr" or "120px"; a column with `isMinor` is hidden on phones. `sort` is the
 * name that `onSort` gets for it.
 * @template Row
 * @typedef {{id: string, title: string, cell: (row: Row) => any, width?: string, sort?: string, isRight?: boolean,
 *   isMinor?: boolean, isMenu?: boolean}} Column
 */

/**
 * `rowAt` gives the row at an index, or undefined while it is not loaded; `onRange` tells which rows are in view, so that
 * they can be loaded. `selected` are keys of rows; without `onSelect` there are no check boxes. `sort` is a column's
 * `sort`, with "-" before it for descending order.
 * @template Row
 * @param {{label: string, columns: Column<Row>[], count: number, rowAt: (index: number) => Row | undefined,
 *   keyOf: (row: Row) => string, onRange?: (first: number, last: number) => void, onOpen?: (row: Row) => void,
 *   sort?: string, onSort?: (sort: string) => void, selected?: Set<string>, onSelect?: (selected: Set<string>) => void,
 *   bulk?: any, empty?: any}} props `bulk` are actions on what is selected
 */
export function Table({ label, columns, count, rowAt, keyOf, onRange, onOpen, sort = "", onSort, selected = new Set(), onSelect, bulk, empty }) {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [view, setView] = useState({ top: 0, height: 600, isNarrow: false }), [active, setActive] = useState(0);
  const wanted = useRef(-1);
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight, isNarrow: element.clientWidth < 640 });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => { observer.disconnect(); element.removeEventListener("scroll", measure); };
  }, []);
  const shown = columns.filter((one) => !view.isNarrow || !one.isMinor);
  const tracks = [...(onSelect ? ["44px"] : []), ...shown.map((one) => (one.isMenu ? "64px" : `minmax(0, ${one.width ?? "1fr"})`))].join(" ");
  const first = Math.max(0, Math.floor(view.top / ROW) - OVERSCAN), last = Math.min(count, Math.ceil((view.top + view.height) / ROW) + OVERSCAN);
  useEffect(() => { if (last > first) onRange?.(first, last); }, [first, last, count]);
  useEffect(() => {
    if (wanted.current < 0) return;
    const row = /** @type {HTMLElement | null | undefined} */ (frame.current?.querySelector(`[aria-rowindex="${wanted.current + 2}"][tabindex]`));
    if (!row) return; // not loaded yet
    row.focus({ preventScroll: true });
    wanted.current = -1;
  });
  const toggle = (/** @type {Row} */ row) => {
    const next = new Set(selected), key = keyOf(row);
    if (!next.delete(key)) next.add(key);
    onSelect?.(next);
  };
  const moveTo = (/** @type {number} */ index) => {
    const to = Math.max(0, Math.min(count - 1, index)), element = frame.current;
    if (!element) return;
    wanted.current = to;
    setActive(to);
    if (to * ROW < element.scrollTop) element.scrollTop = to * ROW;
    else if ((to + 1) * ROW > element.scrollTop + element.clientHeight - HEAD) element.scrollTop = (to + 1) * ROW - element.clientHeight + HEAD;
  };
  const press = (/** @type {KeyboardEvent} */ event, /** @type {number} */ index, /** @type {Row} */ row) => {
    if (event.target !== event.currentTarget) return;
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: count - 1, PageDown: index + PAGE, PageUp: index - PAGE }[event.key];
    if (to !== undefined) moveTo(to);
    else if (event.key === "Enter" && onOpen) onOpen(row);
    else if (event.key === " " && onSelect) toggle(row);
    else return;
    event.preventDefault();
  };
  const loaded = Array.from({ length: count }, (_, index) => index < 2000 ? rowAt(index) : undefined).filter((row) => row !== undefined);
  const isAll = selected.size > 0 && loaded.every((row) => selected.has(keyOf(row)));
  return html`<div class="grid">
    ${onSelect && selected.size > 0 && html`<div class="bulk-bar" role="toolbar" aria-label=${say("shell.selection")}>${say("shell.selected", selected.size)}${bulk}
      <span class="grow"></span><${Button} size="small" kind="ghost" onClick=${() => onSelect(new Set())}>${say("shell.clear")}</${Button}></div>`}
    <div class="grid-scroll" ref=${frame} role="grid" aria-label=${label} aria-rowcount=${count + 1}>
      <div class="grid-row head" role="row" aria-rowindex="1" ref=${tracked(tracks)}>
        ${onSelect && html`<div class="grid-cell" role="columnheader"><input type="checkbox" aria-label=${say("shell.select-all")} checked=${isAll}
          onChange=${() => onSelect(isAll ? new Set() : new Set(loaded.map((row) => keyOf(row))))} /></div>`}
        ${shown.map((one) => html`<${Head} key=${one.id} column=${one} sort=${sort} onSort=${onSort} />`)}
      </div>
      <div role="rowgroup" ref=${sizedTo(count * ROW)}>${Array.from({ length: Math.max(0, last - first) }, (_, at) => {
        const index = first + at, row = rowAt(index);
        if (row === undefined) return html`<div key=${`-${index}`} class="grid-row body" role="row" aria-rowindex=${index + 2} aria-busy="true" ref=${tracked(tracks, index * ROW + HEAD)}></div>`;
        return html`<div key=${keyOf(row)} class="grid-row body ${onOpen ? "opens" : ""}" role="row" aria-rowindex=${index + 2} tabindex=${index === Math.min(active, count - 1) ? "0" : "-1"}
            aria-selected=${onSelect ? String(selected.has(keyOf(row))) : undefined} ref=${tracked(tracks, index * ROW + HEAD)}
            onFocus=${(/** @type {Event} */ event) => event.target === event.currentTarget && setActive(index)}
            onKeyDown=${(/** @type {KeyboardEvent} */ event) => press(event, index, row)} onClick=${() => onOpen?.(row)}>
          ${onSelect && html`<div class="grid-cell" role="gridcell" onClick=${(/** @type {Event} */ event) => event.stopPropagation()}>
            <input type="checkbox" tabindex="-1" aria-label=${say("shell.select-row")} checked=${selected.has(keyOf(row))} onChange=${() => toggle(row)} /></div>`}
          ${shown.map((one) => html`<div key=${one.id} role="gridcell" class="grid-cell ${one.isRight ? "right number" : ""} ${one.isMenu ? "menu-cell right" : ""}">${one.cell(row)}</div>`)}
        </div>`;
      })}</div>
    </div>${count === 0 && empty}</div>`;
}

/** @param {{column: Column<any>, sort: string, onSort?: (sort: string) => void}} props */
function Head({ column, sort, onSort }) {
  const name = column.sort, isDown = sort === `-${name}`, isCurrent = Boolean(name) && (sort === name || isDown);
  const order = isCurrent ? (isDown ? "descending" : "ascending") : undefined;
  const title = column.isMenu ? html`<span class="unseen">${column.title}</span>` : column.title;
  return html`<div class="grid-cell ${column.isRight ? "right" : ""}" role="columnheader" aria-sort=${order}>${name && onSort
    ? html`<button type="button" class="grid-sort" onClick=${() => onSort(sort === name ? `-${name}` : name)}>${title}${isCurrent && html`<${Icon} name=${isDown ? "down" : "up"} />`}</button>` : title}</div>`;
}

/** Styles are set by script: the content security policy allows none in markup. @param {string} tracks @param {number} [top] */
const tracked = (tracks, top) => (/** @type {HTMLElement | null} */ element) => {
  if (!element) return;
  element.style.gridTemplateColumns = tracks;
  if (top !== undefined) element.style.top = `${top}px`;
};
/** @param {number} height */
const sizedTo = (height) => (/** @type {HTMLElement | null} */ element) => { if (element) element.style.height = `${height}px`; };
