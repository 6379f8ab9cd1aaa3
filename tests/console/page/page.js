// Shows one component at a time: `show("Markdown", { source })`. What it calls is in `calls`.
import { h, render } from "/console/vendor/preact.js";
import { setLanguage } from "/console/shell/words.js";
import { CodeBlock } from "/console/components/code_block.js";
import { CodeEditor } from "/console/components/code_editor.js";
import { GraphView } from "/console/components/graph_view.js";
import { Markdown } from "/console/components/markdown.js";
import { PdfView } from "/console/components/pdf_view.js";
import { TimeChart } from "/console/components/time_chart.js";
import { VegaChart } from "/console/components/vega_chart.js";
import { VirtualList } from "/console/components/virtual_list.js";

const components = { CodeBlock, CodeEditor, GraphView, Markdown, PdfView, TimeChart, VegaChart, VirtualList };
const stage = document.getElementById("stage");
window.calls = [];
window.violations = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
  window.violations.push(`${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
});

window.show = (name, props, callbacks = []) => {
  const called = Object.fromEntries(callbacks.map((one) => [one, (...about) => window.calls.push([one, about[0]])]));
  render(h(components[name], { ...props, ...called }), stage);
};
window.showRows = (count) => render(h(VirtualList, {
  items: Array.from({ length: count }, (_, index) => index), label: "Rows", height: 600, keyOf: (item) => item,
  row: (item) => h("div", { class: "row" }, `Row ${item} ${"text ".repeat(item % 40)}`),
}), stage);
window.hide = () => render(null, stage);
window.setLanguage = setLanguage;
window.framesOf = (milliseconds, act) => new Promise((resolve) => {
  const times = [];
  const begin = performance.now();
  const step = (now) => {
    times.push(now);
    act?.(now - begin);
    if (now - begin < milliseconds) requestAnimationFrame(step);
    else resolve(times.slice(1).map((time, index) => time - times[index]));
  };
  requestAnimationFrame(step);
});
window.isReady = true;
