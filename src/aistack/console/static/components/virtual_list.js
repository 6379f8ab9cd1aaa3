// @ts-check
// A list of any length of which only the rows in view are in the page. Rows may differ in height.

import { html, useEffect, useReducer, useRef } from "../vendor/preact.js";
import { LibraryPending, sized, useLibrary } from "./library.js";

const OVERSCAN = 8; // rows drawn above and below the view

/**
 * `keyOf` names a row whatever its place; `rowHeight` is a guess in pixels until a row is measured; `isFollowing` keeps the end in view.
 * @template Item
 * @param {{ items: Item[], row: (item: Item, index: number) => any, label: string, keyOf?: (item: Item, index: number) => string | number,
 *   rowHeight?: number, height?: number, isFollowing?: boolean }} props
 */
export function VirtualList({ items, row, label, keyOf = (_, index) => index, rowHeight = 36, height = 480, isFollowing = false }) {
  const { library, failed, retry } = useLibrary(() => import("../vendor/virtual_list.js"));
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [, redraw] = useReducer((/** @type {number} */ count) => count + 1, 0);
  const virtualizer = useRef(/** @type {any} */ (null));
  const options = library && {
    count: items.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    getItemKey: (/** @type {number} */ index) => keyOf(items[index], index),
    overscan: OVERSCAN,
    initialRect: { width: 0, height },
    scrollToFn: library.elementScroll,
    observeElementRect: library.observeElementRect,
    observeElementOffset: library.observeElementOffset,
    measureElement: library.measureElement,
    onChange: () => redraw(0),
  };
  if (library && options) {
    virtualizer.current ??= new library.Virtualizer(options);
    virtualizer.current.setOptions(options);
  }
  useEffect(() => (library ? virtualizer.current._didMount() : undefined), [library]);
  useEffect(() => virtualizer.current?._willUpdate());
  useEffect(() => {
    if (isFollowing && items.length > 0) virtualizer.current?.scrollToIndex(items.length - 1);
  }, [isFollowing, items.length, library]);

  /** @param {KeyboardEvent} event */
  function jump(event) {
    if (event.target !== event.currentTarget || (event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault();
    virtualizer.current.scrollToIndex(event.key === "Home" ? 0 : items.length - 1);
  }

  if (!library) return html`<${LibraryPending} failed=${failed} retry=${retry} height=${height} />`;
  const shown = virtualizer.current.getVirtualItems();
  return html`<div class="virtual-list" tabindex="0" role="list" aria-label=${label} onKeyDown=${jump} ref=${(/** @type {any} */ element) => {
    frame.current = element;
    sized(height)(element);
  }}><div class="virtual-space" role="presentation" ref=${sized(virtualizer.current.getTotalSize())}>
    ${shown.map((/** @type {any} */ { index, key, start }) => html`<div key=${key} class="virtual-row" role="listitem" data-index=${index}
      aria-setsize=${items.length} aria-posinset=${index + 1} ref=${(/** @type {any} */ element) => {
        if (!element) return;
        element.style.transform = `translateY(${start}px)`;
        virtualizer.current.measureElement(element);
      }}>${row(items[index], index)}</div>`)}
  </div></div>`;
}
