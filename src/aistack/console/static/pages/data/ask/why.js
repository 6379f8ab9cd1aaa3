// @ts-check
// Why an answer is what it is: what the statement does, what it rests on, and each step with its time.

import { html, useEffect, useRef, useState } from "../../../vendor/preact.js";
import { isAbort } from "../../../api/errors.js";
import { Badge } from "../../../components/button.js";
import { duration } from "../../../components/format.js";
import { language } from "../../../shell/preferences.js";
import { say } from "../../../shell/words.js";
import { explainStatement } from "../api.js";
import { ErrorNotice } from "../error_notice.js";

/** @param {{answer: import("../api.js").Answer, connection: import("../api.js").Connection}} props */
export function Why({ answer, connection }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null)), [explained, setExplained] = useState(/** @type {import("../api.js").AiSchemas["Explanation"] | null} */ (null)), [error, setError] = useState(/** @type {any} */ (null));
  useEffect(() => { // asked for when it is first opened
    const details = box.current?.closest("details"), stopper = new AbortController();
    const load = () => {
      if (!details?.open || !answer.sql) return;
      explainStatement({ connection_id: connection.id, sql: answer.sql, language: language.value }, stopper.signal).then(setExplained, (problem) => isAbort(problem) || setError(problem));
      details.removeEventListener("toggle", load);
    };
    details?.addEventListener("toggle", load);
    load();
    return () => { stopper.abort(); details?.removeEventListener("toggle", load); };
  }, [answer.id, language.value]);
  const lineage = answer.lineage_summary ?? {}, steps = answer.trace ?? [];
  const list = (/** @type {string} */ title, /** @type {string[] | undefined} */ all) => (all?.length ?? 0) > 0 && html`<div><h3 class="small">${title}</h3><ul class="small">${all?.map((one) => html`<li key=${one}><bdi>${one}</bdi></li>`)}</ul></div>`;
  return html`<div class="stack" ref=${box}><${ErrorNotice} error=${error} />
    ${explained && html`<div><h3 class="small">${say("data.what-it-does")}</h3><p class="small">${explained.explanation}</p>${explained.steps.length > 1 && html`<ol class="small">${explained.steps.map((one) => html`<li><bdi>${one}</bdi></li>`)}</ol>`}</div>`}
    <div class="columns">${list(say("data.source-tables"), lineage.source_tables)}${list(say("data.key-columns"), lineage.key_columns)}${list(say("data.applied-rules"), lineage.applied_rules)}</div>
    ${(answer.references ?? []).length > 0 && html`<div><h3 class="small">${say("data.references")}</h3><ul class="small plain-list">${answer.references?.map((one) => html`<li><${Badge}>${say(`data.reference-${one.kind}`)}</${Badge}> <bdi>${one.name}</bdi> <bdi class="muted">${one.about}</bdi></li>`)}</ul></div>`}
    ${steps.length > 0 && html`<div><h3 class="small">${say("data.steps")}</h3><ol class="small data-trace">${steps.map((one) => html`<li><strong>${say(`data.step-${one.step}`)}</strong> <bdi>${one.said.slice(0, 500)}</bdi> <span class="muted tiny number">${duration((one.elapsed_ms ?? 0) / 1000)}</span></li>`)}</ol></div>`}</div>`;
}
