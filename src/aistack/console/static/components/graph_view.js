// @ts-check
// A graph of thousands of nodes: laid out beside the page, moved by mouse, touch and keys.

import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { say } from "../shell/words.js";
import { onThemeChange } from "./colours.js";
import { GraphCanvas } from "./graph_canvas.js";
import { graphOf, paintOf } from "./graph_paint.js";
import { followPointers } from "./graph_pointers.js";
import { layOut } from "./graph_positions.js";
import { LibraryPending, sized, useLibrary } from "./library.js";

/** @typedef {{ id: string, label: string, kind?: string, weight?: number }} GraphNode `weight`: 0 to 1, how large it is drawn */
/** @typedef {{ source: string, target: string, label?: string }} GraphEdge */

const PAN_PIXELS = 60;
const ZOOM = 1.4;

/**
 * Nodes of one `kind` share a colour. `path`: ids of nodes that are drawn as a path; everything else fades.
 * @param {{ nodes: GraphNode[], edges: GraphEdge[], label?: string, height?: number, selected?: string, path?: string[],
 *   onSelect?: (id: string | undefined) => void, onOpen?: (id: string) => void }} props
 */
export function GraphView({ nodes, edges, label, height = 520, selected, path, onSelect, onOpen }) {
  const { library, failed, retry } = useLibrary(() => import("../vendor/graph.js"));
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const picture = useRef(/** @type {any} */ (null));
  const latest = useRef({ selected, path, onSelect, onOpen, hovered: /** @type {string | undefined} */ (undefined) });
  Object.assign(latest.current, { selected, path, onSelect, onOpen });
  const [spoken, setSpoken] = useState("");
  const graph = useMemo(() => library && graphOf(library, nodes, edges), [library, nodes, edges]);

  useEffect(() => {
    const element = place.current;
    if (!library || !graph || !element) return undefined;
    const paint = paintOf(element, graph, latest);
    const canvas = new GraphCanvas(element, graph, paint);
    picture.current = canvas;
    const endPointers = followPointers(canvas, {
      select: (node) => latest.current.onSelect?.(node),
      open: (node) => latest.current.onOpen?.(node),
      hover: (node) => {
        latest.current.hovered = node;
        canvas.refresh();
      },
    });
    const endLayout = layOut(library, graph, () => (canvas.isFitted ? canvas.fit() : canvas.refresh()));
    const endTheme = onThemeChange(() => {
      paint.recolour();
      canvas.refresh();
    });
    return () => {
      endLayout();
      endTheme();
      endPointers();
      picture.current = null;
      canvas.destroy();
    };
  }, [library, graph]);
  useEffect(() => picture.current?.refresh(), [selected, path]);

  /** @param {number} step */
  function selectNext(step) {
    if (!graph || graph.order === 0) return;
    const ids = graph.nodes();
    const at = selected === undefined ? (step > 0 ? -1 : 0) : ids.indexOf(selected);
    const id = ids[(at + step + ids.length) % ids.length];
    setSpoken(say("viewers.node", graph.getNodeAttribute(id, "label"), graph.degree(id)));
    picture.current.centre(id);
    onSelect?.(id);
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const canvas = picture.current;
    if (!canvas || event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (pan) canvas.pan(pan[0] * PAN_PIXELS, pan[1] * PAN_PIXELS);
    else if (event.key === "+" || event.key === "=") canvas.zoom(ZOOM);
    else if (event.key === "-") canvas.zoom(1 / ZOOM);
    else if (event.key === "0") canvas.fit();
    else if (event.key === "n") selectNext(1);
    else if (event.key === "p") selectNext(-1);
    else if (event.key === "Enter" && selected !== undefined) onOpen?.(selected);
    else return;
    event.preventDefault();
  }

  if (!library || !graph) return html`<${LibraryPending} failed=${failed} retry=${retry} height=${height} />`;
  return html`<div class="graph-view">
    <div class="graph-picture" tabindex="0" role="application" aria-label=${label ?? say("viewers.graph", graph.order, graph.size)}
      aria-description=${say("viewers.graphKeys")} onKeyDown=${press} ref=${(/** @type {any} */ element) => {
        place.current = element;
        sized(height)(element);
      }}></div>
    <div class="graph-buttons">
      <button type="button" class="button small icon-only" aria-label=${say("viewers.zoomIn")} onClick=${() => picture.current?.zoom(ZOOM)}>+</button>
      <button type="button" class="button small icon-only" aria-label=${say("viewers.zoomOut")} onClick=${() => picture.current?.zoom(1 / ZOOM)}>−</button>
      <button type="button" class="button small" onClick=${() => picture.current?.fit()}>${say("viewers.resetZoom")}</button>
    </div>
    <p class="visually-hidden" role="status">${spoken}</p>
  </div>`;
}
