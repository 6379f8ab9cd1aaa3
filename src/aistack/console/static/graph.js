// Draws a graph on a canvas with a force-directed layout: drag to move, scroll to zoom, click to select an entity.
// Repulsion is computed per grid cell, so a step takes time proportional to the number of entities, not its square.

const COLOURS = { person: "#c2577f", place: "#3f8f5f", organisation: "#3b6fd4", work: "#9a6ad0", date: "#8a8f9f", term: "#c98a2b", code: "#5f7f8f", name: "#4a5a8a" };
const CELL = 90, STEPS_A_FRAME = 1, REST = 0.02, LABELS_MAX = 120;

export class Drawing {
  constructor(canvas, onChosen) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.onChosen = onChosen;
    this.nodes = [];
    this.links = [];
    this.scale = 1;
    this.shift = { x: 0, y: 0 };
    this.heat = 0;
    this.chosen = null;
    new ResizeObserver(() => this.fit()).observe(canvas);
    canvas.onwheel = (event) => { event.preventDefault(); this.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.offsetX, event.offsetY); };
    canvas.onpointerdown = (event) => this.grab(event);
    canvas.onkeydown = (event) => {
      const way = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
      if (way) { this.shift.x += way[0]; this.shift.y += way[1]; this.draw(); event.preventDefault(); }
      if (event.key === "+" || event.key === "-") this.zoom(event.key === "+" ? 1.2 : 1 / 1.2, this.width / 2, this.height / 2);
    };
  }

  show(graph) {
    const before = new Map(this.nodes.map((node) => [node.id, node]));
    const spread = 14 * Math.sqrt(graph.entities.length + 1);
    this.nodes = graph.entities.map((one, at) => {
      const angle = at * 2.399963, far = spread * Math.sqrt((at + 1) / graph.entities.length);
      const known = before.get(one.id);
      return { ...one, x: known?.x ?? far * Math.cos(angle), y: known?.y ?? far * Math.sin(angle), vx: 0, vy: 0, r: 3 + 2.2 * Math.sqrt(Math.min(one.centrality, 40)) };
    });
    const byId = new Map(this.nodes.map((node) => [node.id, node]));
    this.links = graph.relations.map((one) => ({ a: byId.get(one.source), b: byId.get(one.target), weight: one.weight, phrase: one.phrases[0] ?? "" }));
    this.heat = 1;
    this.fit();
    if (!this.running) { this.running = true; requestAnimationFrame(() => this.frame()); }
  }

  frame() {
    for (let step = 0; step < STEPS_A_FRAME && this.heat > REST; step++) this.step();
    this.draw();
    if (this.heat > REST) requestAnimationFrame(() => this.frame());
    else this.running = false;
  }

  step() {
    const cells = new Map();
    for (const node of this.nodes) {
      const key = Math.round(node.x / CELL) * 100003 + Math.round(node.y / CELL);
      const cell = cells.get(key);
      if (cell) { cell.count++; cell.x += node.x; cell.y += node.y; cell.nodes.push(node); }
      else cells.set(key, { count: 1, x: node.x, y: node.y, nodes: [node] });
    }
    for (const node of this.nodes) {
      const column = Math.round(node.x / CELL), line = Math.round(node.y / CELL);
      for (let i = -2; i <= 2; i++) for (let j = -2; j <= 2; j++) {
        const cell = cells.get((column + i) * 100003 + line + j);
        if (!cell) continue;
        if (Math.abs(i) < 2 && Math.abs(j) < 2 && cell.count < 40) for (const other of cell.nodes) this.push(node, other.x, other.y, 1, other);
        else this.push(node, cell.x / cell.count, cell.y / cell.count, cell.count, null);
      }
      node.vx -= node.x * 0.002;
      node.vy -= node.y * 0.002;
    }
    for (const { a, b, weight } of this.links) {
      const dx = b.x - a.x, dy = b.y - a.y, far = Math.hypot(dx, dy) || 1;
      const pull = ((far - 60) / far) * 0.02 * Math.min(weight, 4);
      a.vx += dx * pull; a.vy += dy * pull; b.vx -= dx * pull; b.vy -= dy * pull;
    }
    for (const node of this.nodes) {
      const speed = Math.hypot(node.vx, node.vy), most = 30 * this.heat;
      const share = speed > most ? most / speed : 1;
      if (node !== this.held) { node.x += node.vx * share; node.y += node.vy * share; }
      node.vx *= 0.6; node.vy *= 0.6;
    }
    this.heat *= 0.985;
  }

  push(node, x, y, weight, other) {
    if (other === node) return;
    const dx = node.x - x, dy = node.y - y, square = dx * dx + dy * dy + 1;
    const force = (900 * Math.min(weight, 30)) / square / Math.sqrt(square);
    node.vx += dx * force; node.vy += dy * force;
  }

  draw() {
    const { context, scale, shift } = this;
    const style = getComputedStyle(this.canvas);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.translate(this.width / 2 + shift.x, this.height / 2 + shift.y);
    context.scale(scale, scale);
    context.lineWidth = 1 / scale;
    context.strokeStyle = style.getPropertyValue("--line");
    context.beginPath();
    for (const { a, b } of this.links) { context.moveTo(a.x, a.y); context.lineTo(b.x, b.y); }
    context.stroke();
    if (this.chosen) this.drawChosen(style);
    for (const node of this.nodes) {
      context.fillStyle = COLOURS[node.kind] ?? COLOURS.name;
      context.beginPath();
      context.arc(node.x, node.y, node.r, 0, 7);
      context.fill();
    }
    context.fillStyle = style.color;
    context.font = `${12 / scale}px system-ui, sans-serif`;
    context.textAlign = "center";
    const shown = this.nodes.filter((node) => this.inView(node)).slice(0, LABELS_MAX);
    for (const node of shown) context.fillText(node.name.slice(0, 40), node.x, node.y - node.r - 3 / scale);
  }

  drawChosen(style) {
    const { context } = this;
    context.strokeStyle = style.getPropertyValue("--accent");
    context.lineWidth = 2 / this.scale;
    context.beginPath();
    for (const { a, b } of this.links) if (a === this.chosen || b === this.chosen) { context.moveTo(a.x, a.y); context.lineTo(b.x, b.y); }
    context.moveTo(this.chosen.x + this.chosen.r + 4, this.chosen.y);
    context.arc(this.chosen.x, this.chosen.y, this.chosen.r + 4, 0, 7);
    context.stroke();
  }

  inView(node) {
    const x = node.x * this.scale + this.shift.x, y = node.y * this.scale + this.shift.y;
    return Math.abs(x) < this.width / 2 && Math.abs(y) < this.height / 2;
  }

  choose(id) {
    this.chosen = this.nodes.find((node) => node.id === id) ?? null;
    if (this.chosen) this.shift = { x: -this.chosen.x * this.scale, y: -this.chosen.y * this.scale };
    this.draw();
    return this.chosen !== null;
  }

  at(x, y) {
    const px = (x - this.width / 2 - this.shift.x) / this.scale, py = (y - this.height / 2 - this.shift.y) / this.scale;
    return this.nodes.find((node) => Math.hypot(node.x - px, node.y - py) < node.r + 4 / this.scale);
  }

  grab(event) {
    const node = this.at(event.offsetX, event.offsetY), start = { x: event.offsetX, y: event.offsetY };
    let last = start, moved = false;
    this.canvas.setPointerCapture(event.pointerId);
    this.held = node;
    this.canvas.onpointermove = (now) => {
      const dx = now.offsetX - last.x, dy = now.offsetY - last.y;
      last = { x: now.offsetX, y: now.offsetY };
      moved ||= Math.hypot(last.x - start.x, last.y - start.y) > 4;
      if (node) { node.x += dx / this.scale; node.y += dy / this.scale; } else { this.shift.x += dx; this.shift.y += dy; }
      this.draw();
    };
    this.canvas.onpointerup = () => {
      this.canvas.onpointermove = this.canvas.onpointerup = null;
      this.held = null;
      if (node && !moved) { this.chosen = node; this.draw(); this.onChosen(node); }
    };
  }

  zoom(by, x, y) {
    const next = Math.min(6, Math.max(0.05, this.scale * by)), share = next / this.scale;
    this.shift.x = (this.shift.x - (x - this.width / 2)) * share + (x - this.width / 2);
    this.shift.y = (this.shift.y - (y - this.height / 2)) * share + (y - this.height / 2);
    this.scale = next;
    this.draw();
  }

  fit() {
    this.ratio = devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = this.width * this.ratio;
    this.canvas.height = this.height * this.ratio;
    this.draw();
  }
}
