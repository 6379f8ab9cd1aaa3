/** Graphs of thousands of nodes: the model, whose picture `components/` draws. `graph_layout.js` places the nodes. */
export { default as Graph } from "graphology";
export { default as forceAtlas2 } from "graphology-layout-forceatlas2";
export { collectLayoutChanges, graphToByteArrays, assignLayoutChanges } from "graphology-layout-forceatlas2/helpers.js";
