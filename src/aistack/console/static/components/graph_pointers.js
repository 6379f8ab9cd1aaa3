// @ts-check
// Mouse and touch on a graph: drag and pinch to move, wheel to zoom, click to select, double click to open.

const CLICK_PIXELS = 5;
const WHEEL = 0.0015;

/**
 * @param {import("./graph_canvas.js").GraphCanvas} canvas
 * @param {{ select: (node: string | undefined) => void, open: (node: string) => void, hover: (node: string | undefined) => void }} act
 * @returns {() => void} ends it
 */
export function followPointers(canvas, act) {
  const { element } = canvas;
  const ending = new AbortController();
  /** @type {Map<number, { x: number, y: number }>} */
  const down = new Map();
  let travelled = 0;
  /** @type {string | undefined} */
  let over;
  const placeOf = (/** @type {MouseEvent} */ event) => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const on = (/** @type {string} */ name, /** @type {(event: any) => void} */ listener) => (
    element.addEventListener(name, listener, { signal: ending.signal, passive: false }));

  on("pointerdown", (event) => {
    if (down.size === 0) travelled = 0;
    down.set(event.pointerId, placeOf(event));
    element.setPointerCapture(event.pointerId);
  });
  on("pointermove", (event) => {
    const now = placeOf(event);
    const before = down.get(event.pointerId);
    if (!before) {
      const node = canvas.nodeAt(now.x, now.y);
      if (node !== over) act.hover(node);
      over = node;
      element.dataset.over = String(node !== undefined);
      return;
    }
    travelled += Math.hypot(now.x - before.x, now.y - before.y);
    const other = [...down.entries()].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      canvas.zoom(factor, (now.x + other.x) / 2, (now.y + other.y) / 2);
    } else canvas.pan(now.x - before.x, now.y - before.y);
    down.set(event.pointerId, now);
  });
  on("pointerup", (event) => {
    if (down.delete(event.pointerId) && down.size === 0 && travelled < CLICK_PIXELS) {
      const { x, y } = placeOf(event);
      act.select(canvas.nodeAt(x, y));
    }
  });
  on("pointercancel", (event) => down.delete(event.pointerId));
  on("pointerleave", () => {
    if (over !== undefined) act.hover(undefined);
    over = undefined;
  });
  on("dblclick", (event) => {
    const { x, y } = placeOf(event);
    const node = canvas.nodeAt(x, y);
    if (node !== undefined) act.open(node);
  });
  on("wheel", (event) => {
    event.preventDefault();
    const { x, y } = placeOf(event);
    canvas.zoom(Math.exp(-event.deltaY * WHEEL), x, y);
  });
  return () => ending.abort();
}
