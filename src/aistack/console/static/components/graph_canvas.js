// @ts-check
// Draws a graph on a canvas without the graphics card, which virtual machines lack. While a large picture moves, its last
// drawing is shifted and scaled; it is drawn again when the movement rests.

import { drawScene } from "./graph_scene.js";

const MARGIN = 0.25; // drawn around the view, of its size, to move into
const REST_MS = 120;
const QUICK_MS = 10; // a picture drawn faster than this is drawn at each movement
const FIT = 0.92;
const SCALE_RANGE = [0.05, 40]; // of the scale at which everything is in view
const REACH_PIXELS = 6;

export class GraphCanvas {
  /**
   * @param {HTMLElement} element its size is the picture's
   * @param {any} graph
   * @param {ReturnType<typeof import("./graph_paint.js").paintOf>} paint
   */
  constructor(element, graph, paint) {
    this.element = element;
    this.graph = graph;
    this.paint = paint;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "graph-canvas";
    this.buffer = document.createElement("canvas");
    this.camera = { x: 0, y: 0, scale: 1 };
    this.drawn = { ...this.camera };
    this.fitScale = 1;
    this.isFitted = true; // nobody has moved it yet
    this.drawMs = 0;
    this.frame = 0;
    this.isStale = true;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.rest = undefined;
    element.append(this.canvas);
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(element);
  }

  resize() {
    this.density = Math.min(devicePixelRatio || 1, 2);
    this.width = this.element.clientWidth;
    this.height = this.element.clientHeight;
    this.canvas.width = this.width * this.density;
    this.canvas.height = this.height * this.density;
    this.buffer.width = this.canvas.width * (1 + 2 * MARGIN);
    this.buffer.height = this.canvas.height * (1 + 2 * MARGIN);
    if (this.isFitted) this.fit();
    this.refresh();
  }

  /** Brings everything into view. */
  fit() {
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    this.graph.forEachNode((/** @type {string} */ _, /** @type {any} */ { x, y }) => {
      [left, right, bottom, top] = [Math.min(left, x), Math.max(right, x), Math.min(bottom, y), Math.max(top, y)];
    });
    if (left > right) return;
    const [width, height] = [Math.max(right - left, 1), Math.max(top - bottom, 1)];
    this.fitScale = FIT * Math.min((this.width ?? 1) / width, (this.height ?? 1) / height);
    this.camera = { x: (left + right) / 2, y: (bottom + top) / 2, scale: this.fitScale };
    this.isFitted = true;
    this.refresh();
  }

  /** Nodes moved, or look different. */
  refresh() {
    this.isStale = true;
    this.#schedule();
  }

  /** @param {number} x @param {number} y pixels */
  pan(x, y) {
    this.camera.x -= x / this.camera.scale;
    this.camera.y -= y / this.camera.scale;
    this.isFitted = false;
    this.#schedule();
  }

  /** @param {number} factor @param {number} [x] @param {number} [y] the pixel that stays in its place; else the middle */
  zoom(factor, x = (this.width ?? 0) / 2, y = (this.height ?? 0) / 2) {
    const [atX, atY] = this.placeAt(x, y);
    const [least, most] = SCALE_RANGE.map((one) => one * this.fitScale);
    this.camera.scale = Math.min(most, Math.max(least, this.camera.scale * factor));
    this.camera.x = atX - (x - (this.width ?? 0) / 2) / this.camera.scale;
    this.camera.y = atY - (y - (this.height ?? 0) / 2) / this.camera.scale;
    this.isFitted = false;
    this.#schedule();
  }

  /** @param {string} node */
  centre(node) {
    const { x, y } = this.graph.getNodeAttributes(node);
    Object.assign(this.camera, { x, y });
    this.isFitted = false;
    this.#schedule();
  }

  /** @param {number} x @param {number} y pixels @returns {[number, number]} in the graph */
  placeAt(x, y) {
    const { camera } = this;
    return [camera.x + (x - (this.width ?? 0) / 2) / camera.scale, camera.y + (y - (this.height ?? 0) / 2) / camera.scale];
  }

  /** @param {number} x @param {number} y pixels @returns {string | undefined} the node there */
  nodeAt(x, y) {
    const [atX, atY] = this.placeAt(x, y);
    const { scale } = this.camera;
    let found;
    let nearest = Infinity;
    this.graph.forEachNode((/** @type {string} */ node, /** @type {any} */ data) => {
      const distance = Math.hypot(data.x - atX, data.y - atY) * scale;
      if (distance < data.size + REACH_PIXELS && distance < nearest) [found, nearest] = [node, distance];
    });
    return found;
  }

  destroy() {
    this.watcher.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    this.canvas.remove();
  }

  #schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.#show();
    });
  }

  #show() {
    const hasMoved = this.camera.x !== this.drawn.x || this.camera.y !== this.drawn.y || this.camera.scale !== this.drawn.scale;
    if (this.isStale || (hasMoved && this.drawMs <= QUICK_MS)) this.#draw();
    else if (hasMoved) {
      clearTimeout(this.rest);
      this.rest = setTimeout(() => this.refresh(), REST_MS);
    }
    const context = this.canvas.getContext("2d");
    if (!context || this.buffer.width === 0) return;
    const [width, height, factor] = [this.canvas.width, this.canvas.height, this.camera.scale / this.drawn.scale];
    const shift = this.camera.scale * (this.density ?? 1);
    context.clearRect(0, 0, width, height);
    context.drawImage(
      this.buffer, width / 2 - (this.buffer.width / 2) * factor + (this.drawn.x - this.camera.x) * shift,
      height / 2 - (this.buffer.height / 2) * factor + (this.drawn.y - this.camera.y) * shift, this.buffer.width * factor, this.buffer.height * factor,
    );
  }

  #draw() {
    const begin = performance.now();
    const context = this.buffer.getContext("2d");
    if (!context || !this.width || !this.height || !this.density) return;
    const [width, height] = [this.width * (1 + 2 * MARGIN), this.height * (1 + 2 * MARGIN)];
    context.setTransform(this.density, 0, 0, this.density, 0, 0);
    context.clearRect(0, 0, width, height);
    drawScene(context, this.graph, this.paint, this.camera, width, height);
    context.getImageData(0, 0, 1, 1); // waits until it is drawn, which the time below is to hold
    this.drawn = { ...this.camera };
    this.isStale = false;
    this.drawMs = performance.now() - begin;
  }
}
