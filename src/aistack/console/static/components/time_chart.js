// @ts-check
// Values over time: lines, bars, intervals of a forecast, marked times and periods. Read by mouse, keyboard and screen reader.

import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { language } from "../shell/preferences.js";
import { say } from "../shell/words.js";
import { onThemeChange, seriesColours } from "./colours.js";
import { LibraryPending, loadStyles, useLibrary } from "./library.js";
import { formatNumber, formatTime, uplotData, uplotOptions } from "./time_chart_options.js";

/** @typedef {{ name: string, values: (number | null)[], kind?: "line" | "bars" | "points", isDashed?: boolean }} Line */
/** @typedef {{ name: string, low: (number | null)[], high: (number | null)[], line?: number }} Band `line`: whose colour it has */
/** @typedef {{ time: number, label: string }} Marker */
/** @typedef {{ from: number, to: number, label: string }} Period */
/**
 * Times in milliseconds, rising; a null is a gap.
 * @typedef {{ times: number[], lines: Line[], bands?: Band[], markers?: Marker[], periods?: Period[], unit?: string }} Chart
 */

/**
 * `onSelect`: called with the period that somebody drew; without it, the chart zooms to it.
 * @param {{ chart: Chart, label: string, height?: number, onSelect?: (period: { from: number, to: number }) => void,
 *   onMarker?: (marker: Marker) => void }} props
 */
export function TimeChart({ chart, label, height = 240, onSelect, onMarker }) {
  const { library, failed, retry } = useLibrary(async () => {
    await loadStyles("vendor/uplot.css");
    return import("../vendor/uplot.js");
  });
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const plot = useRef(/** @type {any} */ (null));
  const latest = useRef({ chart, onSelect, onMarker });
  latest.current = { chart, onSelect, onMarker };
  const [hidden, setHidden] = useState(/** @type {Set<number>} */ (new Set()));
  const [isZoomed, setZoomed] = useState(false);
  const [reading, setReading] = useState("");
  const [theme, setTheme] = useState(0);
  const { lines, bands = [], markers = [], periods = [], unit = "" } = chart;
  const shape = JSON.stringify([lines.map(({ name, kind, isDashed }) => [name, kind, isDashed]), bands.map(({ name, line }) => [name, line]),
    markers, periods, unit, height, language.value]);
  const data = useMemo(() => uplotData(chart), [chart]);

  useEffect(() => onThemeChange(() => setTheme((count) => count + 1)), []);
  useEffect(() => {
    const element = place.current;
    if (!library || !element) return undefined;
    const options = uplotOptions(library.uPlot, latest.current.chart, {
      locale: language.value, width: element.clientWidth, height, near: element, hidden,
      onSelect: (period) => latest.current.onSelect?.(period), isSelecting: onSelect !== undefined,
      onMarker: (marker) => latest.current.onMarker?.(marker), onZoom: setZoomed,
    });
    const made = new library.uPlot(options, data, element);
    plot.current = made;
    const watcher = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== made.width) made.setSize({ width: element.clientWidth, height });
    });
    watcher.observe(element);
    return () => {
      plot.current = null;
      watcher.disconnect();
      made.destroy();
    };
  }, [library, shape, theme]);
  useEffect(() => { if (plot.current && plot.current.data !== data) plot.current.setData(data, !isZoomed); }, [data]);
  useEffect(() => lines.forEach((_, index) => plot.current?.setSeries(index + 1, { show: !hidden.has(index) })), [library, hidden]);

  /** @param {KeyboardEvent} event */
  function read(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const made = plot.current;
    if (!step || !made || event.target !== event.currentTarget) return;
    event.preventDefault();
    const last = made.cursor.idx ?? (step > 0 ? -1 : chart.times.length);
    const index = Math.min(Math.max(last + step, 0), chart.times.length - 1);
    made.setCursor({ left: made.valToPos(chart.times[index], "x"), top: 0 });
    made.cursor.idx = index;
    setReading([formatTime(chart.times[index], language.value), ...lines.filter((_, at) => !hidden.has(at)).map(({ name, values }) => (
      `${name}: ${values[index] === null ? say("viewers.noValue") : formatNumber(/** @type {number} */ (values[index]), language.value)} ${unit}`.trim()
    ))].join(", "));
  }

  function showAll() {
    plot.current?.setScale("x", { min: chart.times[0], max: chart.times.at(-1) });
    setZoomed(false);
  }

  if (!library) return html`<${LibraryPending} failed=${failed} retry=${retry} height=${height} />`;
  const colours = place.current ? seriesColours(place.current) : seriesColours(document.body);
  return html`<figure class="time-chart">
    <div class="time-chart-plot" tabindex="0" role="group" aria-label=${label} aria-description=${say("viewers.chartKeys")} onKeyDown=${read} ref=${place}></div>
    <figcaption class="time-chart-legend">
      ${lines.map(({ name }, index) => html`<button key=${name} type="button" class="legend-entry" aria-pressed=${!hidden.has(index)}
        onClick=${() => setHidden(toggled(hidden, index))}><span class="legend-colour" ref=${(/** @type {any} */ dot) => {
          if (dot) dot.style.background = colours[index % colours.length];
        }}></span>${name}</button>`)}
      ${isZoomed && html`<button type="button" class="button ghost small" onClick=${showAll}>${say("viewers.resetZoom")}</button>`}
    </figcaption>
    <p class="visually-hidden" role="status">${reading}</p>
  </figure>`;
}

/** @param {Set<number>} set @param {number} one */
function toggled(set, one) {
  const changed = new Set(set);
  if (!changed.delete(one)) changed.add(one);
  return changed;
}
