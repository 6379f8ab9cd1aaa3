// @ts-check
// A graph of thousands of nodes: laid out beside the page, moved by mouse, touch and keys.

import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { say } from "../shell/words.js";
import { onThemeChange } from "./colours.js";
import { graphOf, paintOf, settingsOf } from "./graph_picture.js";
import { layOut } from "./graph_positions.js";
import { LibraryPending, sized, useLibrary } from "./library.js";

/** @typedef {{ id: string, label: string, kind?: string, weight?: number }} GraphNode `weight`: 0 to 1, how large it is drawn */
/** @typedef {{ source: string, target: string, label?: string }} GraphEdge */

const PAN_PIXELS = 60;
const isWebglThere = () => document.createElement("canvas").getContext("webgl2") !== null;

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
  const canDraw = useMemo(isWebglThere, []);

  useEffect(() => {
    const element = place.current;
    if (!library || !graph || !element || !canDraw) return undefined;
    const paint = paintOf(element, graph, latest);
    const sigma = new library.Sigma(graph, element, settingsOf(library, element, graph, paint));
    picture.current = sigma;
    const hover = (/** @type {string | undefined} */ node) => {
      latest.current.hovered = node;
      sigma.refresh({ skipIndexation: true });
    };
    sigma.on("clickNode", ({ node }) => latest.current.onSelect?.(node));
    sigma.on("doubleClickNode", (/** @type {any} */ event) => {
      event.preventSigmaDefault();
      latest.current.onOpen?.(event.node);
    });
    sigma.on("clickStage", () => latest.current.onSelect?.(undefined));
    sigma.on("enterNode", ({ node }) => hover(node));
    sigma.on("leaveNode", () => hover(undefined));
    const endLayout = layOut(library, graph);
    const endTheme = onThemeChange(() => {
      paint.recolour();
      sigma.setSettings(settingsOf(library, element, graph, paint));
    });
    return () => {
      endLayout();
      endTheme();
      picture.current = null;
      sigma.kill();
    };
  }, [library, graph]);
  useEffect(() => picture.current?.refresh({ skipIndexation: true }), [selected, path]);

  /** @param {number} step */
  function selectNext(step) {
    if (!graph || graph.order === 0) return;
    const ids = graph.nodes();
    const at = selected === undefined ? (step > 0 ? -1 : 0) : ids.indexOf(selected);
    const id = ids[(at + step + ids.length) % ids.length];
    setSpoken(say("viewers.node", graph.getNodeAttribute(id, "label"), graph.degree(id)));
    const { x, y } = picture.current.getNodeDisplayData(id);
    picture.current.getCamera().animate({ x, y }, { duration: 200 });
    onSelect?.(id);
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const camera = picture.current?.getCamera();
    if (!camera || event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (pan) camera.setState({ x: camera.x + (pan[0] * PAN_PIXELS * camera.ratio) / height, y: camera.y + (pan[1] * PAN_PIXELS * camera.ratio) / height });
    else if (event.key === "+" || event.key === "=") camera.animatedZoom();
    else if (event.key === "-") camera.animatedUnzoom();
    else if (event.key === "0") camera.animatedReset();
    else if (event.key === "n") selectNext(1);
    else if (event.key === "p") selectNext(-1);
    else if (event.key === "Enter" && selected !== undefined) onOpen?.(selected);
    else return;
    event.preventDefault();
  }

  if (!library || !graph) return html`<${LibraryPending} failed=${failed} retry=${retry} height=${height} />`;
  if (!canDraw) return html`<p class="notice warn">${say("viewers.noWebgl")}</p>`;
  return html`<div class="graph-view">
    <div class="graph-picture" tabindex="0" role="application" aria-label=${label ?? say("viewers.graph", graph.order, graph.size)}
      aria-description=${say("viewers.graphKeys")} onKeyDown=${press} ref=${(/** @type {any} */ element) => {
        place.current = element;
        sized(height)(element);
      }}></div>
    <div class="graph-buttons">
      <button type="button" class="button small icon-only" aria-label=${say("viewers.zoomIn")} onClick=${() => picture.current?.getCamera().animatedZoom()}>+</button>
      <button type="button" class="button small icon-only" aria-label=${say("viewers.zoomOut")} onClick=${() => picture.current?.getCamera().animatedUnzoom()}>−</button>
      <button type="button" class="button small" onClick=${() => picture.current?.getCamera().animatedReset()}>${say("viewers.resetZoom")}</button>
    </div>
    <p class="visually-hidden" role="status">${spoken}</p>
  </div>`;
}
