// @ts-check
// What a graph looks like: sizes by degree, colours by kind, and what fades beside a selection or a path.

import { colourOf, faded, seriesColours } from "./colours.js";

/** @typedef {typeof import("../vendor/graph.js")} Library */
/** @typedef {{ current: { selected?: string, path?: string[], hovered?: string } }} Focus */

const SIZE_MIN = 3;
const SIZE_MAX = 16;
const MANY_EDGES = 1000; // above, edges are drawn finer

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
 * @param {Focus} focus what somebody looks at; the rest fades
 */
export function paintOf(near, graph, focus) {
  const kinds = [...new Set(graph.mapNodes((/** @type {string} */ _, /** @type {any} */ { kind }) => kind))].sort();
  const read = () => {
    const [line, accent, text, muted, ground] = ["--line-strong", "--accent", "--text", "--muted", "--surface"].map((name) => colourOf(near, name));
    return { series: seriesColours(near), line: faded(line, graph.size > MANY_EDGES ? 0.45 : 1), faint: faded(line, 0.3), accent, text, muted, ground, font: getComputedStyle(near).fontFamily };
  };
  let colours = read();
  const centre = () => {
    const node = focus.current.hovered ?? focus.current.selected;
    return node !== undefined && graph.hasNode(node) ? node : undefined;
  };
  return {
    recolour: () => { colours = read(); },
    font: () => colours.font,
    text: () => colours.text,
    muted: () => colours.muted,
    ground: () => colours.ground,
    accent: () => colours.accent,
    /** @param {string} node @param {any} data */
    node(node, { label, kind }) {
      const { selected, path } = focus.current;
      const middle = centre();
      const isNear = path?.length ? path.includes(node) : middle === undefined || node === middle || graph.areNeighbors(node, middle);
      return {
        colour: isNear ? colours.series[kinds.indexOf(kind) % colours.series.length] : colours.faint, label: isNear ? label : "",
        isNamed: node === middle || node === selected || (path?.includes(node) ?? false), isSelected: node === selected,
      };
    },
    /** @param {string} source @param {string} target */
    edge(source, target) {
      const { path } = focus.current;
      const middle = centre();
      if (path?.length) {
        const at = path.indexOf(source);
        const isOn = at >= 0 && (path[at + 1] === target || path[at - 1] === target);
        return isOn ? { colour: colours.accent, thickness: 3, level: 1, isNamed: true } : { colour: colours.faint, thickness: 0.5, level: 0, isNamed: false };
      }
      if (middle === undefined) return { colour: colours.line, thickness: graph.size > MANY_EDGES ? 0.5 : 1, level: 0, isNamed: false };
      const isHere = source === middle || target === middle;
      return isHere ? { colour: colours.accent, thickness: 1.5, level: 1, isNamed: true } : { colour: colours.faint, thickness: 0.5, level: 0, isNamed: false };
    },
  };
}
