// @ts-check
// A chart of a result: which columns it shows is in the address.

import { html, useMemo } from "../../../vendor/preact.js";
import { Segmented } from "../../../components/button.js";
import { Select } from "../../../components/field.js";
import { Notice } from "../../../components/states.js";
import { VegaChart } from "../../../components/vega_chart.js";
import { useQuery } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { columnsOf } from "./columns.js";

const MARKS = /** @type {const} */ (["bar", "line", "point", "arc"]), SHOWN_MAX = 2000, SLICES_MAX = 12;
/** @typedef {import("./columns.js").Column} Column */

/** A Vega-Lite specification. Fields are numbered, so that no name of a column means something to Vega. @param {unknown[][]} rows @param {{mark: string, x: Column, y: Column, colour?: Column}} how */
export function chartOf(rows, { mark, x, y, colour }) {
  const values = rows.slice(0, mark === "arc" ? SLICES_MAX : SHOWN_MAX).map((row) => ({ x: x.kind === "number" ? numberOf(row[x.at]) : row[x.at], y: numberOf(row[y.at]), ...(colour ? { c: row[colour.at] } : {}) }));
  const tooltip = [{ field: "x", title: x.name, type: typeOf(x) }, { field: "y", title: y.name, type: "quantitative" }, ...(colour ? [{ field: "c", title: colour.name, type: "nominal" }] : [])];
  if (mark === "arc") return { data: { values }, mark: { type: "arc", innerRadius: 50 }, encoding: { theta: { field: "y", type: "quantitative" }, color: { field: "x", type: "nominal", title: x.name, sort: null }, tooltip } };
  return {
    data: { values }, mark: mark === "line" ? { type: "line", point: values.length < 60 } : { type: mark },
    encoding: {
      x: { field: "x", type: mark === "bar" && x.kind !== "time" ? "nominal" : typeOf(x), title: x.name, sort: null, axis: { labelLimit: 140 } },
      y: { field: "y", type: "quantitative", title: y.name }, ...(colour ? { color: { field: "c", type: "nominal", title: colour.name } } : {}), tooltip,
    },
  };
}

/** @param {Column} column */
const typeOf = (column) => (column.kind === "number" ? "quantitative" : column.kind === "time" ? "temporal" : "nominal");
/** @param {unknown} value */
const numberOf = (value) => (value === null || value === undefined ? null : Number(value));

/** @param {{result: import("../api.js").Result}} props */
export function ResultChart({ result }) {
  const columns = useMemo(() => columnsOf(result), [result]), numbers = columns.filter((one) => one.kind === "number");
  const isKey = (/** @type {Column} */ one) => /(^|_)id$/i.test(one.name);
  const [xName, setX] = useQuery("x"), [yName, setY] = useQuery("y"), [cName, setC] = useQuery("by");
  const x = columns.find((one) => one.name === xName) ?? columns.find((one) => one.kind === "time") ?? columns.find((one) => one.kind === "text") ?? columns[0];
  const y = numbers.find((one) => one.name === yName) ?? numbers.find((one) => one !== x && !isKey(one)) ?? numbers.find((one) => one !== x) ?? numbers[0];
  const [mark, setMark] = useQuery("mark", x?.kind === "time" ? "line" : x?.kind === "number" ? "point" : "bar");
  const colour = columns.find((one) => one.name === cName && one !== x);
  const spec = useMemo(() => (x && y ? chartOf(result.rows, { mark, x, y, colour }) : null), [result, mark, x?.name, y?.name, colour?.name]);
  if (!spec || result.rows.length === 0) return html`<${Notice}>${say(result.rows.length === 0 ? "data.no-rows" : "data.no-numbers")}</${Notice}>`;
  const choices = (/** @type {Column[]} */ all) => all.map((one) => ({ id: one.name, title: one.name })), shown = mark === "arc" ? SLICES_MAX : SHOWN_MAX;
  return html`<div class="stack data-chart"><div class="row wrap"><${Segmented} label=${say("data.chart-kind")} value=${mark} onChange=${setMark} options=${MARKS.map((one) => ({ id: one, title: say(`data.mark-${one}`) }))} />
      <label class="row small">${say("data.axis-x")} <${Select} label=${say("data.axis-x")} value=${x.name} options=${choices(columns)} onChange=${setX} /></label>
      <label class="row small">${say("data.axis-y")} <${Select} label=${say("data.axis-y")} value=${y.name} options=${choices(numbers)} onChange=${setY} /></label>
      ${mark !== "arc" && html`<label class="row small">${say("data.colour")} <${Select} label=${say("data.colour")} value=${colour?.name ?? ""} options=${[{ id: "", title: say("data.none-chosen") }, ...choices(columns.filter((one) => one !== x && one !== y))]} onChange=${setC} /></label>`}</div>
    <${VegaChart} spec=${spec} label=${say("data.chart-of", y.name, x.name)} height=${320} />${result.rows.length > shown && html`<p class="muted small">${say("data.chart-cut", shown)}</p>`}</div>`;
}
