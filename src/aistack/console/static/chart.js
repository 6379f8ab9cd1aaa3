// Draws the Vega-Lite specifications of the ai service as SVG: bars, lines, points and arcs.

const WIDTH = 720, HEIGHT = 280, LEFT = 60, BOTTOM = 40, TOP = 10, BAR = 22, LABEL = 170;
const COLOURS = ["#3b6fd4", "#d9772b", "#3a9a5b", "#b23a6f", "#7a5cc2", "#8a7d1f", "#2b98a6", "#a34a3a"];

function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const number = (value) => new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2, notation: Math.abs(value) >= 1e6 ? "compact" : "standard" }).format(value);
const nice = (top) => { const step = 10 ** Math.floor(Math.log10(top || 1)); return Math.ceil((top || 1) / step) * step; };
const short = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
const text = (x, y, content, more = {}) => svg("text", { x, y, "font-size": 12, fill: "currentColor", ...more }, content);
const field = (channel) => channel.title;
const tooltip = (row) => svg("title", {}, Object.entries(row).map(([name, value]) => `${name}: ${value}`).join("\n"));

export function drawn(spec) {
  const rows = spec.data.values, mark = spec.mark.type ?? spec.mark;
  const made = { bar: bars, line: lines, point: points, arc: arcs }[mark]?.(rows, spec.encoding);
  made?.setAttribute("role", "img");
  made?.setAttribute("aria-label", Object.keys(rows[0] ?? {}).join(", "));
  return made ?? document.createTextNode("");
}

function colourOf(rows, channel) {
  const names = channel ? [...new Set(rows.map((row) => String(row[field(channel)])))] : [];
  return (row) => COLOURS[(channel ? names.indexOf(String(row[field(channel)])) : 0) % COLOURS.length];
}

function bars(rows, { x, y, color }) {
  const top = Math.max(...rows.map((row) => Math.abs(row[field(x)]) || 0), 0) || 1, colour = colourOf(rows, color);
  const made = svg("svg", { viewBox: `0 0 ${WIDTH} ${rows.length * BAR + TOP}`, class: "chart" });
  rows.forEach((row, n) => {
    const value = row[field(x)] ?? 0, width = Math.max(1, (Math.abs(value) / top) * (WIDTH - LABEL - 90)), at = TOP + n * BAR;
    made.append(svg("g", {}, tooltip(row), text(LABEL - 8, at + 14, short(String(row[field(y)] ?? "–"), 24), { "text-anchor": "end" }),
      svg("rect", { x: LABEL, y: at + 2, width, height: BAR - 6, rx: 3, fill: colour(row), opacity: value < 0 ? 0.5 : 1 }), text(LABEL + width + 6, at + 14, number(value))));
  });
  return made;
}

function frame(low, high) {
  const made = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart" });
  const y = (value) => HEIGHT - BOTTOM - ((value - low) / (high - low || 1)) * (HEIGHT - BOTTOM - TOP);
  for (let n = 0; n <= 4; n++) {
    const value = low + ((high - low) * n) / 4;
    made.append(svg("line", { x1: LEFT, x2: WIDTH - 10, y1: y(value), y2: y(value), stroke: "currentColor", opacity: 0.15 }), text(LEFT - 6, y(value) + 4, number(value), { "text-anchor": "end" }));
  }
  return [made, y];
}

function lines(rows, { x, y, color }) {
  const values = rows.map((row) => row[field(y)]).filter((value) => value !== null);
  const [made, place] = frame(Math.min(0, ...values), nice(Math.max(...values)));
  const times = [...new Set(rows.map((row) => String(row[field(x)])))].sort();
  const at = new Map(times.map((time, n) => [time, x.type === "temporal" ? Date.parse(time) : n])), first = at.get(times[0]), last = at.get(times.at(-1));
  const along = (time) => LEFT + 20 + ((at.get(time) - first) / (last - first || 1)) * (WIDTH - LEFT - 60), across = (row) => along(String(row[field(x)]));
  let free = 0;
  for (const time of times) {
    if (along(time) < free) continue;
    made.append(text(along(time), HEIGHT - 16, short(time, 10), { "text-anchor": "middle" }));
    free = along(time) + 70;
  }
  const colour = colourOf(rows, color), series = Map.groupBy ? Map.groupBy(rows, (row) => (color ? row[field(color)] : "")) : new Map([["", rows]]);
  for (const [name, all] of series) {
    const some = all.filter((row) => row[field(y)] !== null).sort((a, b) => (String(a[field(x)]) < String(b[field(x)]) ? -1 : 1));
    if (!some.length) continue;
    made.append(svg("polyline", { points: some.map((row) => `${across(row)},${place(row[field(y)])}`).join(" "), fill: "none", stroke: colour(some[0]), "stroke-width": 2 }));
    made.append(...some.map((row) => svg("circle", { cx: across(row), cy: place(row[field(y)]), r: 3.5, fill: colour(row) }, tooltip(row))));
    if (name) made.append(text(WIDTH - 10, place(some.at(-1)[field(y)]) - 6, short(String(name), 18), { "text-anchor": "end", fill: colour(some[0]) }));
  }
  return made;
}

function points(rows, { x, y }) {
  const xs = rows.map((row) => row[field(x)] ?? 0), ys = rows.map((row) => row[field(y)] ?? 0);
  const [made, place] = frame(Math.min(0, ...ys), nice(Math.max(...ys)));
  const low = Math.min(...xs), high = Math.max(...xs);
  const across = (value) => LEFT + 10 + ((value - low) / (high - low || 1)) * (WIDTH - LEFT - 40);
  made.append(text(LEFT + 10, HEIGHT - 16, number(low)), text(WIDTH - 20, HEIGHT - 16, number(high), { "text-anchor": "end" }), text(WIDTH / 2, HEIGHT - 4, field(x), { "text-anchor": "middle" }));
  made.append(...rows.map((row) => svg("circle", { cx: across(row[field(x)] ?? 0), cy: place(row[field(y)] ?? 0), r: 4, fill: COLOURS[0], opacity: 0.7 }, tooltip(row))));
  return made;
}

function arcs(rows, { theta, color }) {
  const total = rows.reduce((sum, row) => sum + (row[field(theta)] ?? 0), 0) || 1, colour = colourOf(rows, color);
  const made = svg("svg", { viewBox: "0 0 480 240", class: "chart" });
  let at = -Math.PI / 2;
  rows.forEach((row, n) => {
    const share = (row[field(theta)] ?? 0) / total, to = at + share * 2 * Math.PI;
    const edge = (angle) => `${120 + 100 * Math.cos(angle)},${120 + 100 * Math.sin(angle)}`;
    const shape = share > 0.9999 ? svg("circle", { cx: 120, cy: 120, r: 100, fill: colour(row) }) : svg("path", { d: `M120,120 L${edge(at)} A100,100 0 ${share > 0.5 ? 1 : 0} 1 ${edge(to)} Z`, fill: colour(row) });
    made.append(svg("g", {}, tooltip(row), shape), svg("rect", { x: 250, y: 30 + n * 24, width: 12, height: 12, fill: colour(row) }),
      text(270, 40 + n * 24, `${short(String(row[field(color)]), 20)} ${(share * 100).toFixed(1)} %`));
    at = to;
  });
  return made;
}
