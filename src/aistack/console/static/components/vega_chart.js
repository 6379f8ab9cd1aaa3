// @ts-check
// A chart that a Vega-Lite specification describes. It draws the values inside it, and loads nothing, whatever it asks for.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { language } from "../shell/preferences.js";
import { say } from "../shell/words.js";
import { colourOf, onThemeChange, seriesColours } from "./colours.js";
import { LibraryPending, useLibrary } from "./library.js";

const refused = () => Promise.reject(new Error("not allowed"));
const NO_LOADER = { load: refused, sanitize: refused, http: refused, file: refused };

/**
 * @param {{ spec: Record<string, any>, label: string, height?: number }} props
 */
export function VegaChart({ spec, label, height = 280 }) {
  const { library, failed, retry } = useLibrary(() => import("../vendor/vega.js"));
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const view = useRef(/** @type {any} */ (null));
  const [problem, setProblem] = useState("");
  const [theme, setTheme] = useState(0);

  useEffect(() => onThemeChange(() => setTheme((count) => count + 1)), []);
  useEffect(() => {
    const element = place.current;
    if (!library || !element) return undefined;
    let isGone = false;
    setProblem("");
    const { usermeta: _, $schema: __, ...own } = spec; // these could change the options below
    const sized = { width: "container", height, autosize: { type: "fit", contains: "padding" }, ...own, background: "transparent" };
    library.embed(element, /** @type {any} */ (sized), {
      mode: "vega-lite", actions: false, defaultStyle: false, renderer: "canvas", ast: true, expr: library.expressionInterpreter,
      loader: /** @type {any} */ (NO_LOADER), config: configOf(element), logLevel: library.Warn, timeFormatLocale: undefined,
      tooltip: { disableDefaultStyle: true, formatTooltip: tooltipText },
    }).then((made) => {
      if (isGone) made.finalize();
      else view.current = made;
    }, (error) => isGone || setProblem(String(error.message ?? error)));
    return () => {
      isGone = true;
      view.current?.finalize();
      view.current = null;
      element.replaceChildren();
    };
  }, [library, spec, height, theme, language.value]);

  async function save() {
    const link = document.createElement("a");
    link.href = await view.current.view.toImageURL("png", 2);
    link.download = "chart.png";
    link.click();
  }

  if (!library) return html`<${LibraryPending} failed=${failed} retry=${retry} height=${height} />`;
  return html`<figure class="vega-chart">
    <div class="vega-plot" role="img" aria-label=${label} ref=${place}></div>
    ${problem && html`<p class="notice bad" role="alert">${say("viewers.chartFailed")}: ${problem}</p>`}
    ${!problem && html`<figcaption><button type="button" class="button ghost small" onClick=${save}>${say("viewers.savePng")}</button></figcaption>`}
  </figure>`;
}

/** @param {any} value @param {(text: any) => string} escape @returns {string} a row for each field; no images */
function tooltipText(value, escape) {
  if (typeof value !== "object" || value === null) return escape(String(value));
  const rows = Object.entries(value).map(([name, one]) => (
    `<tr><td class="key">${escape(name)}</td><td class="value">${escape(typeof one === "object" ? JSON.stringify(one) : String(one))}</td></tr>`));
  return `<table><tbody>${rows.join("")}</tbody></table>`;
}

/** @param {Element} near @returns {any} the console's colours and type */
function configOf(near) {
  const [text, muted, line, accent] = ["--text", "--muted", "--line", "--series-1"].map((name) => colourOf(near, name));
  const font = getComputedStyle(near).fontFamily;
  return {
    font, mark: { color: accent }, view: { stroke: "transparent" }, range: { category: seriesColours(near) },
    axis: { labelColor: muted, titleColor: muted, gridColor: line, domainColor: line, tickColor: line, titleFontWeight: "normal", labelFontSize: 12, titleFontSize: 12 },
    legend: { labelColor: text, titleColor: muted, titleFontWeight: "normal" }, title: { color: text, anchor: "start", fontSize: 14 },
    text: { color: text }, header: { labelColor: muted, titleColor: muted },
  };
}
