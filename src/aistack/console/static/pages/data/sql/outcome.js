// @ts-check
// What a statement gave: rows as a table or chart, a plan, what it would change, or why it failed.

import { html, useEffect, useState } from "../../../vendor/preact.js";
import { Button, Segmented } from "../../../components/button.js";
import { CodeBlock } from "../../../components/code_block.js";
import { confirmed } from "../../../components/dialog.js";
import { duration, number } from "../../../components/format.js";
import { Notice, State } from "../../../components/states.js";
import { useQuery } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { ErrorNotice } from "../error_notice.js";
import { ResultChart } from "../result/result_chart.js";
import { ResultGrid } from "../result/result_grid.js";
import { run } from "./running.js";

/** @param {{tab: import("./tabs.js").Tab, connection: import("../api.js").Connection, outcome?: import("./tabs.js").Outcome, limit: number}} props */
export function Outcome({ tab, connection, outcome, limit }) {
  const [view, setView] = useQuery("view", "table");
  if (!outcome) return html`<div class="data-outcome"><${State} icon="play" title=${say("data.no-result")} text=${say("data.no-result-text")} /></div>`;
  if (outcome.isRunning) return html`<div class="data-outcome"><${Running} since=${outcome.startedAt} /></div>`;
  const { result, plan, error, value } = outcome;
  const apply = async () => {
    if (!await confirmed({ title: say("data.sure-apply", result?.changed ?? 0), text: outcome.sql, action: say("data.apply"), isDangerous: true })) return;
    await run(tab, outcome.sql, { engine: connection.engine, limit, apply: true });
  };
  const changed = result?.changed, hasChange = changed !== null && changed !== undefined;
  return html`<div class="data-outcome"><${ErrorNotice} error=${error} />
    ${value !== undefined && html`<p class="muted small" role="status">${duration((outcome.elapsed ?? 0) / 1000)}</p><${CodeBlock} language="json" name="result.json" code=${typeof value === "string" ? value : JSON.stringify(value, null, 2)} />`}
    ${plan && html`<div class="data-plan" role="region" aria-label=${say("data.explain")}><${CodeBlock} code=${plan.join("\n")} name="plan.txt" /></div>`}
    ${hasChange && html`<${Notice} kind=${result?.applied ? "good" : "warn"}>${say(result?.applied ? "data.changed" : "data.would-change", changed)}
      ${!result?.applied && connection.rights.includes("write") && html` <${Button} size="small" kind="danger" onClick=${apply}>${say("data.apply")}</${Button}>`}</${Notice}>`}
    ${result && result.columns.length > 0 && html`<div class="data-result-bar row wrap"><${Segmented} label=${say("data.show-as")} value=${view} onChange=${setView}
        options=${[{ id: "table", title: say("data.table") }, { id: "chart", title: say("data.chart") }]} />
        <span class="muted small number" role="status">${say(result.truncated ? "data.cut" : "data.rows", result.row_count, number(result.row_count), duration(result.elapsed_ms / 1000))}</span></div>
      ${view === "chart" ? html`<${ResultChart} result=${result} />` : html`<${ResultGrid} key=${result.query_id} result=${result} label=${say("data.result")} />`}`}</div>`;
}

/** @param {{since: number}} props */
function Running({ since }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => { const timer = setInterval(() => setNow(Date.now()), 500); return () => clearInterval(timer); }, []);
  return html`<div class="row data-running"><span class="spinner" aria-hidden="true"></span><span class="muted"><span role="status">${say("data.running")}</span> <span class="number" aria-hidden="true">${duration(Math.max(1, Math.round((now - since) / 1000)))}</span></span></div>`;
}
