// @ts-check
// One page of a PDF file: its picture, its text to select and to read aloud, and the marked passages.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { boxesOf } from "./pdf_passages.js";

const AHEAD = "600px"; // how far from the view a page is drawn

/**
 * @param {{ library: typeof import("../vendor/pdf.js"), page: any, zoom: number, label: string, frame: { current: HTMLElement | null },
 *   passages: import("./pdf_view.js").Passage[] }} props
 */
export function PdfPage({ library, page, zoom, label, frame, passages }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const [isNear, setNear] = useState(false);
  const [width, setWidth] = useState(0);
  const natural = page.getViewport({ scale: 1 });
  const scale = width > 0 ? (width / natural.width) * zoom : 1;

  useEffect(() => {
    const watcher = new IntersectionObserver(([{ isIntersecting }]) => setNear(isIntersecting), { root: frame.current, rootMargin: AHEAD });
    const sizes = new ResizeObserver(([{ contentRect }]) => setWidth(Math.min(contentRect.width - 24, 1100)));
    if (place.current) watcher.observe(place.current);
    if (frame.current) sizes.observe(frame.current);
    return () => {
      watcher.disconnect();
      sizes.disconnect();
    };
  }, []);

  useEffect(() => {
    const element = place.current;
    if (!element || !isNear || width <= 0) return undefined;
    const viewport = page.getViewport({ scale });
    const density = Math.min(devicePixelRatio || 1, 2);
    const canvas = document.createElement("canvas");
    const text = document.createElement("div");
    const marks = document.createElement("div");
    canvas.width = Math.floor(viewport.width * density);
    canvas.height = Math.floor(viewport.height * density);
    text.className = "pdf-text";
    text.style.setProperty("--total-scale-factor", String(scale));
    marks.className = "pdf-marks";
    const task = page.render({ canvas, viewport, transform: density === 1 ? undefined : [density, 0, 0, density, 0, 0] });
    const layer = page.getTextContent().then((/** @type {any} */ content) => {
      const made = new library.TextLayer({ textContentSource: content, container: text, viewport });
      marks.replaceChildren(...passages.flatMap((passage) => boxesOf(passage, content.items)).map((box) => markOf(box, viewport)));
      marks.firstElementChild?.scrollIntoView({ block: "center" });
      return made.render();
    });
    element.replaceChildren(canvas, marks, text);
    task.promise.catch(() => {}); // a page that went out of view
    layer.catch(() => {});
    return () => {
      task.cancel();
      element.replaceChildren();
    };
  }, [isNear, scale, page, passages.length]);

  return html`<div class="pdf-page" role="group" aria-label=${label} data-page=${page.pageNumber} ref=${(/** @type {any} */ element) => {
    place.current = element;
    if (!element) return;
    element.style.width = `${natural.width * scale}px`;
    element.style.height = `${natural.height * scale}px`;
  }}></div>`;
}

/** @param {number[]} box left, bottom, right, top in points @param {any} viewport */
function markOf(box, viewport) {
  const [x1, y1] = viewport.convertToViewportPoint(box[0], box[1]);
  const [x2, y2] = viewport.convertToViewportPoint(box[2], box[3]);
  const mark = document.createElement("mark");
  mark.style.left = `${Math.min(x1, x2)}px`;
  mark.style.top = `${Math.min(y1, y2)}px`;
  mark.style.width = `${Math.abs(x2 - x1)}px`;
  mark.style.height = `${Math.abs(y2 - y1)}px`;
  return mark;
}
