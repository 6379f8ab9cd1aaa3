/**
 * The worker that places a graph's nodes by ForceAtlas2. It takes `{ settings, nodes, edges, rounds }`, the buffers of
 * graphology's `graphToByteArrays`, and posts `{ nodes, round }` after every few rounds.
 */
import defaults from "graphology-layout-forceatlas2/defaults.js";
import iterate from "graphology-layout-forceatlas2/iterate.js";

const ROUNDS_A_MESSAGE = 2;

self.onmessage = ({ data }) => {
  const nodes = new Float32Array(data.nodes);
  const edges = new Float32Array(data.edges);
  const settings = { ...defaults, ...data.settings };
  for (let round = 1; round <= data.rounds; round += 1) {
    iterate(settings, nodes, edges);
    if (round % ROUNDS_A_MESSAGE === 0 || round === data.rounds) {
      self.postMessage({ nodes: nodes.slice(), round });
    }
  }
};
