// @ts-check
// What a graph looks like: sizes by degree, colours by kind, and what fades beside a selection or a path.

import { colourOf, faded, seriesColours } from "./colours.js";

/** @typedef {typeof import("../vendor/graph.js")} Library */
/** @typedef {{ current: { selected?: string, path?: string[], hovered?: string } }} Focus */

const SIZE_MIN = 3;
const SIZE_MAX = 16;
const LABELLED_PIXELS_MIN = 7;
const EDGE_FADE_NODES = 1500; // above, edges are drawn thinner while the picture moves

/**
 * @param {Library} library
 * @param {import("./graph_view.js").GraphNode[]} nodes
 * @param {import("./graph_view.js").GraphEdge[]} edges those to unknown nodes are left out
 */
export function graphOf({ Graph }, nodes, edges) {
  const graph = new Graph({ multi: true, type: "directed" });
  nodes.forEach(({ id, label, kind = "", weight }, index) => {
    if (graph.hasNode(id)) return;
    const angle = index * 2.399963; // the golden angle: an even spiral, the same each time
    const radius = Math.sqrt(index + 1) * 10;
    graph.addNode(id, { label, kind, weight, x: radius * Math.cos(angle), y: radius * Math.sin(angle) });
  });
  for (const { source, target, label = "" } of edges) {
    if (graph.hasNode(source) && graph.hasNode(target)) graph.addEdge(source, target, { label });
  }
  const degreeMax = Math.max(1, ...graph.mapNodes((id) => graph.degree(id)));
  graph.forEachNode((id, { weight }) => {
    const share = weight ?? Math.sqrt(graph.degree(id) / degreeMax);
    graph.setNodeAttribute(id, "size", SIZE_MIN + share * (SIZE_MAX - SIZE_MIN) * Math.min(1, 40 / Math.sqrt(graph.order + 1)));
  });
  return graph;
}

/**
 * @param {Element} near
 * @param {any} graph
 * @param {Focus} focus
 */
export function paintOf(near, graph, focus) {
  const kinds = [...new Set(graph.mapNodes((/** @type {string} */ _, /** @type {any} */ { kind }) => kind))].sort();
  /** @type {{ series: string[], line: string, faint: string, accent: string, text: string }} */
  let colours;
  const recolour = () => {
    const line = colourOf(near, "--line-strong");
    colours = { series: seriesColours(near), line, faint: faded(line, 0.25), accent: colourOf(near, "--accent"), text: colourOf(near, "--text") };
  };
  recolour();
  const isNear = (/** @type {string} */ node) => {
    const { path, hovered, selected } = focus.current;
    if (path?.length) return path.includes(node);
    const centre = hovered ?? selected;
    return centre === undefined || !graph.hasNode(centre) || node === centre || graph.areNeighbors(node, centre);
  };
  const isOnPath = (/** @type {string} */ source, /** @type {string} */ target) => {
    const path = focus.current.path ?? [];
    const at = path.indexOf(source);
    return at >= 0 && (path[at + 1] === target || path[at - 1] === target);
  };
  return {
    recolour,
    textColour: () => colours.text,
    /** @param {string} node @param {any} data */
    node(node, data) {
      const { selected, path } = focus.current;
      if (!isNear(node)) return { ...data, color: colours.faint, label: "", zIndex: 0 };
      const colour = colours.series[kinds.indexOf(data.kind) % colours.series.length];
      return { ...data, color: colour, zIndex: 1, highlighted: node === selected, forceLabel: node === selected || path?.includes(node) };
    },
    /** @param {string} edge @param {any} data */
    edge(edge, data) {
      const { selected, hovered, path } = focus.current;
      const [source, target] = graph.extremities(edge);
      if (path?.length) {
        return isOnPath(source, target) ? { ...data, color: colours.accent, size: 3, zIndex: 1, forceLabel: true } : { ...data, color: colours.faint, label: "" };
      }
      const centre = hovered ?? selected;
      if (centre === undefined || !graph.hasNode(centre)) return { ...data, color: colours.line, size: 0.6 };
      const isHere = source === centre || target === centre;
      return isHere ? { ...data, color: colours.accent, size: 1.5, zIndex: 1, forceLabel: true } : { ...data, color: colours.faint, size: 0.4, label: "" };
    },
  };
}

/** @param {Library} library @param {Element} near @param {any} graph @param {ReturnType<typeof paintOf>} paint @returns {any} */
export function settingsOf(library, near, graph, paint) {
  return {
    nodeReducer: paint.node, edgeReducer: paint.edge, zIndex: true, renderEdgeLabels: graph.order <= EDGE_FADE_NODES,
    hideEdgesOnMove: graph.size > 20_000, defaultEdgeType: graph.size > 2000 ? "line" : "arrow", edgeProgramClasses: { arrow: library.EdgeArrowProgram, line: library.EdgeLineProgram },
    labelColor: { color: paint.textColour() }, labelFont: getComputedStyle(near).fontFamily, labelSize: 12, labelRenderedSizeThreshold: LABELLED_PIXELS_MIN,
    labelDensity: 0.6, edgeLabelColor: { color: colourOf(near, "--muted") }, edgeLabelSize: 11, minCameraRatio: 0.02, maxCameraRatio: 4, allowInvalidContainer: true,
    defaultDrawNodeHover: hoverOf(near),
  };
}

/** A label on the console's own ground. @param {Element} near */
function hoverOf(near) {
  const [ground, text, accent] = ["--raised", "--text", "--accent"].map((name) => colourOf(near, name));
  return (/** @type {CanvasRenderingContext2D} */ canvas, /** @type {any} */ data, /** @type {any} */ settings) => {
    canvas.font = `600 ${settings.labelSize}px ${settings.labelFont}`;
    const width = data.label ? canvas.measureText(data.label).width + 12 : 0;
    canvas.fillStyle = ground;
    canvas.strokeStyle = accent;
    canvas.lineWidth = 1.5;
    canvas.beginPath();
    canvas.roundRect(data.x - data.size - 4, data.y - 12, data.size * 2 + 8 + width, 24, 12);
    canvas.fill();
    canvas.stroke();
    canvas.fillStyle = data.color;
    canvas.beginPath();
    canvas.arc(data.x, data.y, Math.min(data.size, 10), 0, Math.PI * 2);
    canvas.fill();
    canvas.fillStyle = text;
    if (data.label) canvas.fillText(data.label, data.x + data.size + 6, data.y + settings.labelSize / 3);
  };
}
