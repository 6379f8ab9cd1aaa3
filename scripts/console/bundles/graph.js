/** Graphs of thousands of nodes: the model and its picture. `graph_layout.js` places the nodes. */
export { default as Graph } from "graphology";
export { default as Sigma } from "sigma";
export { EdgeArrowProgram, EdgeLineProgram, EdgeRectangleProgram } from "sigma/rendering";
export { default as forceAtlas2 } from "graphology-layout-forceatlas2";
export { collectLayoutChanges, graphToByteArrays, assignLayoutChanges } from "graphology-layout-forceatlas2/helpers.js";
