// @ts-check
// One drawing of a graph: edges, nodes, and as many names as have room.

const LABEL_CELL = [110, 20]; // pixels that a name takes
const LABELS_MAX = 120;
const ARROWS_MAX = 1500; // edges
const EDGE_LABELS_MAX = 60;

/** @typedef {{ x: number, y: number, scale: number }} Camera */

/**
 * @param {CanvasRenderingContext2D} context in pixels of the page
 * @param {any} graph
 * @param {ReturnType<typeof import("./graph_paint.js").paintOf>} paint
 * @param {Camera} camera what is in the middle
 * @param {number} width
 * @param {number} height
 */
export function drawScene(context, graph, paint, camera, width, height) {
  const xOf = (/** @type {number} */ x) => (x - camera.x) * camera.scale + width / 2;
  const yOf = (/** @type {number} */ y) => (y - camera.y) * camera.scale + height / 2;
  /** @type {Map<string, any>} */
  const places = new Map();
  graph.forEachNode((/** @type {string} */ node, /** @type {any} */ data) => {
    places.set(node, { ...paint.node(node, data), x: xOf(data.x), y: yOf(data.y), size: data.size });
  });
  drawEdges(context, graph, paint, places, width, height);
  drawNodes(context, [...places.values()], paint, width, height);
}

/** @param {CanvasRenderingContext2D} context @param {any} graph @param {any} paint @param {Map<string, any>} places @param {number} width @param {number} height */
function drawEdges(context, graph, paint, places, width, height) {
  /** @type {Map<string, { colour: string, thickness: number, level: number, path: Path2D, heads: Path2D }>} */
  const strokes = new Map();
  /** @type {{ x: number, y: number, label: string }[]} */
  const labels = [];
  const hasArrows = graph.size <= ARROWS_MAX;
  graph.forEachEdge((/** @type {string} */ edge, /** @type {any} */ { label }, /** @type {string} */ source, /** @type {string} */ target) => {
    const [from, to] = [places.get(source), places.get(target)];
    if (Math.max(from.x, to.x) < 0 || Math.min(from.x, to.x) > width || Math.max(from.y, to.y) < 0 || Math.min(from.y, to.y) > height) return;
    const look = paint.edge(source, target);
    const key = `${look.level} ${look.colour} ${look.thickness}`;
    const stroke = strokes.get(key) ?? { ...look, path: new Path2D(), heads: new Path2D() };
    strokes.set(key, stroke);
    stroke.path.moveTo(from.x, from.y);
    stroke.path.lineTo(to.x, to.y);
    if (hasArrows && source !== target) addHead(stroke.heads, from, to);
    if (label && (look.isNamed || graph.size <= EDGE_LABELS_MAX)) labels.push({ x: (from.x + to.x) / 2, y: (from.y + to.y) / 2, label });
  });
  for (const { colour, thickness, path, heads } of [...strokes.values()].sort((one, other) => one.level - other.level)) {
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = thickness;
    context.stroke(path);
    if (hasArrows) context.fill(heads);
  }
  context.font = `11px ${paint.font()}`;
  context.textAlign = "center";
  for (const { x, y, label } of labels.slice(0, EDGE_LABELS_MAX)) outlined(context, label, x, y, paint.muted(), paint.ground());
  context.textAlign = "left";
}

/** @param {Path2D} path @param {any} from @param {any} to */
function addHead(path, from, to) {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const [x, y] = [to.x - Math.cos(angle) * (to.size + 1), to.y - Math.sin(angle) * (to.size + 1)];
  path.moveTo(x, y);
  path.lineTo(x - 7 * Math.cos(angle - 0.4), y - 7 * Math.sin(angle - 0.4));
  path.lineTo(x - 7 * Math.cos(angle + 0.4), y - 7 * Math.sin(angle + 0.4));
  path.closePath();
}

/** @param {CanvasRenderingContext2D} context @param {any[]} nodes @param {any} paint @param {number} width @param {number} height */
function drawNodes(context, nodes, paint, width, height) {
  const seen = nodes.filter(({ x, y, size }) => x > -size && y > -size && x < width + size && y < height + size);
  /** @type {Map<string, Path2D>} */
  const discs = new Map();
  for (const { x, y, size, colour } of seen) {
    const path = discs.get(colour) ?? new Path2D();
    discs.set(colour, path);
    path.moveTo(x + size, y);
    path.arc(x, y, size, 0, Math.PI * 2);
  }
  for (const [colour, path] of discs) {
    context.fillStyle = colour;
    context.fill(path);
  }
  for (const { x, y, size, isSelected } of seen) {
    if (!isSelected) continue;
    context.strokeStyle = paint.accent();
    context.lineWidth = 3;
    context.beginPath();
    context.arc(x, y, size + 4, 0, Math.PI * 2);
    context.stroke();
  }
  const taken = new Set();
  let count = 0;
  for (const { x, y, size, label, isNamed } of seen.sort((one, other) => Number(other.isNamed) - Number(one.isNamed) || other.size - one.size)) {
    if (!label || count >= LABELS_MAX) continue;
    const [column, row] = [Math.floor(x / LABEL_CELL[0]), Math.floor(y / LABEL_CELL[1])];
    if (!isNamed && [0, 1].some((more) => taken.has(`${column + more} ${row}`))) continue;
    taken.add(`${column} ${row}`);
    taken.add(`${column + 1} ${row}`);
    count += 1;
    context.font = `${isNamed ? "600 " : ""}12px ${paint.font()}`;
    outlined(context, label.length > 40 ? `${label.slice(0, 39)}…` : label, x + size + 4, y + 4, paint.text(), paint.ground());
  }
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {number} x @param {number} y @param {string} colour @param {string} ground */
function outlined(context, text, x, y, colour, ground) {
  context.strokeStyle = ground;
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
