// @ts-check
// Places a graph's nodes by ForceAtlas2 in a worker, and moves them in the page once a frame.

/** @typedef {typeof import("../vendor/graph.js")} Library */

const ROUNDS = 300;
const ROUNDS_OF_LARGE = 120;
const LARGE_NODES = 2000;
const MOVE_EVERY_MS = 250; // each move of a large graph costs a frame or two

/**
 * @param {Library} library
 * @param {any} graph its nodes have places already, from which they move
 * @param {() => void} moved called after they did
 * @returns {() => void} ends it
 */
export function layOut({ graphToByteArrays, assignLayoutChanges, forceAtlas2 }, graph, moved) {
  if (graph.order < 2 || graph.size === 0) return () => {};
  const settings = { ...forceAtlas2.inferSettings(graph), barnesHutOptimize: graph.order > LARGE_NODES / 4, adjustSizes: false };
  const { nodes, edges } = graphToByteArrays(graph, () => 1);
  const rounds = graph.order > LARGE_NODES ? ROUNDS_OF_LARGE : ROUNDS;
  const worker = new Worker(new URL("../vendor/graph_layout.js", import.meta.url), { type: "module" });
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** @type {Float32Array | undefined} */
  let waiting;
  let frame = 0;
  let movedAt = 0;
  const draw = (/** @type {number} */ now) => {
    frame = 0;
    if (!waiting) return;
    if (graph.order > LARGE_NODES && now - movedAt < MOVE_EVERY_MS) frame = requestAnimationFrame(draw);
    else {
      assignLayoutChanges(graph, waiting, null);
      waiting = undefined;
      movedAt = now;
      moved();
    }
  };
  worker.onmessage = ({ data }) => {
    const isLast = data.round === rounds;
    if (isLast) worker.terminate();
    if (isStill && !isLast) return;
    waiting = data.nodes;
    frame ||= requestAnimationFrame(draw);
  };
  worker.postMessage({ settings, nodes: nodes.buffer, edges: edges.buffer, rounds });
  return () => {
    worker.terminate();
    cancelAnimationFrame(frame);
  };
}
