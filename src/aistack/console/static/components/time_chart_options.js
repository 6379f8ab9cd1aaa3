// @ts-check
// A chart of values over time, as uPlot wants it.

import { colourOf, faded, seriesColours } from "./colours.js";

/** @typedef {import("./time_chart.js").Chart} Chart */
/**
 * @typedef {{ locale: string, width: number, height: number, near: Element, hidden: Set<number>, isSelecting: boolean,
 *   onSelect: (period: { from: number, to: number }) => void, onMarker: (marker: import("./time_chart.js").Marker) => void,
 *   onZoom: (isZoomed: boolean) => void }} Setting
 */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const AXIS_PIXELS = 18; // beside the labels
const LETTER_PIXELS = 8;
const BAR_WIDTH = 0.7; // of the space of a value
const BAR_PIXELS_MAX = 40;

/** @param {number} value @param {string} locale */
export const formatNumber = (value, locale) => new Intl.NumberFormat(locale, { maximumSignificantDigits: 6 }).format(value);

/** @param {number} time milliseconds @param {string} locale */
export const formatTime = (time, locale) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(time);

/** @param {Chart} chart @returns {any} lines first, then the high and low edge of each band */
export function uplotData({ times, lines, bands = [] }) {
  return [times, ...lines.map(({ values }) => values), ...bands.flatMap(({ high, low }) => [high, low])];
}

/**
 * @param {any} uPlot
 * @param {Chart} chart
 * @param {Setting} setting
 * @returns {any}
 */
export function uplotOptions(uPlot, chart, setting) {
  const { lines, bands = [], unit = "" } = chart;
  const colours = seriesColours(setting.near);
  const colourOfLine = (/** @type {number} */ index) => colours[index % colours.length];
  const [muted, grid] = [colourOf(setting.near, "--muted"), colourOf(setting.near, "--line")];
  const font = `12px ${getComputedStyle(setting.near).fontFamily}`;
  const compact = new Intl.NumberFormat(setting.locale, { notation: "compact", maximumFractionDigits: 2 });
  const axis = { stroke: muted, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const isHidden = { width: 0, points: { show: false } };
  return {
    width: setting.width,
    height: setting.height,
    ms: 1,
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, setScale: !setting.isSelecting }, points: { size: 7 } },
    scales: { x: { time: true } },
    axes: [
      { ...axis, space: 80, size: 38, values: (/** @type {any} */ _, /** @type {number[]} */ splits, __ = 0, ___ = 0, step = DAY_MS) => timeLabels(splits, step, setting.locale) },
      { ...axis, size: (/** @type {any} */ _, /** @type {string[] | null} */ labels) => AXIS_PIXELS + LETTER_PIXELS * Math.max(0, ...(labels ?? []).map(({ length }) => length)), values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((one) => `${compact.format(one)}${unit ? ` ${unit}` : ""}`) },
    ],
    series: [
      {},
      ...lines.map(({ name, kind = "line", isDashed = false }, index) => ({
        label: name, show: !setting.hidden.has(index), stroke: colourOfLine(index), width: kind === "points" ? 0 : 1.75, dash: isDashed ? [6, 4] : undefined,
        fill: kind === "bars" ? faded(colourOfLine(index), 0.55) : undefined, spanGaps: false,
        paths: kind === "bars" ? uPlot.paths.bars({ size: [BAR_WIDTH, BAR_PIXELS_MAX] }) : undefined, points: kind === "points" ? { show: true, size: 6 } : { show: kind === "line" ? undefined : false },
      })),
      ...bands.flatMap(({ name }) => [{ ...isHidden, label: `${name} +` }, { ...isHidden, label: `${name} -` }]),
    ],
    bands: bands.map(({ line = 0 }, index) => ({
      series: [lines.length + 1 + 2 * index, lines.length + 2 + 2 * index], fill: faded(colourOfLine(line), 0.18),
    })),
    hooks: hooksOf(chart, setting, muted),
  };
}

/** @param {number[]} times @param {number} step milliseconds between them @param {string} locale */
function timeLabels(times, step, locale) {
  /** @type {Intl.DateTimeFormatOptions} */
  let parts = { year: "numeric", month: "short" };
  if (step < MINUTE_MS) parts = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
  else if (step < DAY_MS) parts = { hour: "2-digit", minute: "2-digit" };
  else if (step < 28 * DAY_MS) parts = { month: "short", day: "numeric" };
  const format = new Intl.DateTimeFormat(locale, parts);
  const days = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric" });
  return times.map((time, index) => {
    const isNewDay = step < DAY_MS && (index === 0 || new Date(time).getDate() !== new Date(times[index - 1]).getDate());
    return isNewDay ? `${format.format(time)}\n${days.format(time)}` : format.format(time);
  });
}

/** @param {Chart} chart @param {Setting} setting @param {string} ink */
function hooksOf({ markers = [], periods = [], times }, setting, ink) {
  const accent = colourOf(setting.near, "--accent");
  /** @type {HTMLElement[]} */
  let flags = [];
  const placeFlags = (/** @type {any} */ plot) => flags.forEach((flag, index) => {
    const at = plot.valToPos(markers[index].time, "x");
    flag.hidden = at < 0 || at > plot.over.clientWidth;
    flag.style.left = `${at}px`;
  });
  return {
    drawClear: [(/** @type {any} */ plot) => {
      const { left, top, width, height } = plot.bbox;
      plot.ctx.save();
      plot.ctx.beginPath();
      plot.ctx.rect(left, top, width, height);
      plot.ctx.clip();
      plot.ctx.fillStyle = faded(accent, 0.1);
      for (const { from, to } of periods) {
        const start = plot.valToPos(from, "x", true);
        plot.ctx.fillRect(start, top, plot.valToPos(to, "x", true) - start, height);
      }
      plot.ctx.strokeStyle = ink;
      plot.ctx.setLineDash([4, 4]);
      for (const { time } of markers) {
        const at = plot.valToPos(time, "x", true);
        plot.ctx.beginPath();
        plot.ctx.moveTo(at, top);
        plot.ctx.lineTo(at, top + height);
        plot.ctx.stroke();
      }
      plot.ctx.restore();
    }],
    ready: [(/** @type {any} */ plot) => {
      flags = markers.map((marker) => {
        const flag = document.createElement("button");
        flag.type = "button";
        flag.className = "chart-marker";
        flag.title = `${marker.label} · ${formatTime(marker.time, setting.locale)}`;
        flag.setAttribute("aria-label", flag.title);
        flag.onclick = () => setting.onMarker(marker);
        plot.over.append(flag);
        return flag;
      });
      placeFlags(plot);
    }],
    draw: [placeFlags],
    setSelect: [(/** @type {any} */ plot) => {
      if (!setting.isSelecting || plot.select.width < 4) return;
      setting.onSelect({ from: plot.posToVal(plot.select.left, "x"), to: plot.posToVal(plot.select.left + plot.select.width, "x") });
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    }],
    setScale: [(/** @type {any} */ plot, /** @type {string} */ key) => {
      if (key !== "x") return;
      const { min, max } = plot.scales.x;
      setting.onZoom(min > times[0] || max < (times.at(-1) ?? max));
    }],
  };
}
