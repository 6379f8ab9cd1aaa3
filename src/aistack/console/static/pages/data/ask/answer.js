// @ts-check
// An answer: a sentence, a chart, the rows, the statement, why it is so; a question that was asked back; or why it failed.

import { html, useState } from "../../../vendor/preact.js";
import { Badge, Button } from "../../../components/button.js";
import { duration, number, percent } from "../../../components/format.js";
import { Notice, State } from "../../../components/states.js";
import { VegaChart } from "../../../components/vega_chart.js";
import { addressOf } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { CodeBlock } from "../../../components/code_block.js";
import { ResultGrid } from "../result/result_grid.js";
import { SaveDialog } from "../kept/save_dialog.js";
import { Judgement } from "./judgement.js";
import { Why } from "./why.js";

/** @typedef {import("../api.js").Answer} Answer */
/** @typedef {import("../api.js").Connection} Connection */

/** @param {{answer: Answer, connection: Connection, onChoose: (choice: {option?: number, answer?: string}) => unknown, onAsk: (question: string) => void}} props */
export function AnswerView({ answer, connection, onChoose, onAsk }) {
  if (answer.status === "need_clarification") return html`<${Clarify} answer=${answer} onChoose=${onChoose} />`;
  if (answer.status === "failed") return html`<section class="stack" aria-label=${say("data.answer")}><${State} icon="info" title=${say("data.not-answered")} text=${answer.error}>
      <${Button} icon="code" href=${addressOf(["data", "sql"], { connection: connection.id, sql: answer.sql || null })}>${say("data.tab-sql")}</${Button}><${Button} icon="edit" href=${addressOf(["data", "databases", connection.id, "layer"])}>${say("data.view-layer")}</${Button}></${State}>
    <details class="card"><summary>${say("data.why")}</summary><${Why} answer=${answer} connection=${connection} /></details></section>`;
  return html`<${Ready} answer=${answer} connection=${connection} onAsk=${onAsk} />`;
}

/** @param {{answer: Answer, onChoose: (choice: {option?: number, answer?: string}) => unknown}} props */
function Clarify({ answer, onChoose }) {
  const [words, setWords] = useState(""), asked = answer.clarification;
  return html`<section class="card stack" aria-label=${say("data.clarification")}><h2>${asked?.question}</h2>
    <div class="stack tight">${asked?.options.map((one, option) => html`<${Button} key=${option} class="data-option" title=${one.sql} onClick=${() => onChoose({ option })}><bdi>${one.label}</bdi></${Button}>`)}</div>
    <form class="row" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); if (words.trim()) onChoose({ answer: words.trim() }); }}>
      <input class="input" aria-label=${say("data.other-words")} placeholder=${say("data.other-words")} maxlength="1000" value=${words} onInput=${(/** @type {any} */ event) => setWords(event.currentTarget.value)} /><${Button} type="submit" disabled=${!words.trim()}>${say("data.answer-action")}</${Button}></form></section>`;
}

/** @param {{answer: Answer, connection: Connection, onAsk: (question: string) => void}} props */
function Ready({ answer, connection, onAsk }) {
  const [isSaving, setSaving] = useState(false), result = answer.result, sources = answer.lineage_summary?.source_tables ?? [];
  const isSingle = result?.rows.length === 1 && result.columns.length === 1;
  return html`<section class="stack data-answer" aria-label=${say("data.answer")}>
    <div class="card stack"><p class="data-sentence" role="status"><bdi>${answer.answer || answer.explanation}</bdi></p>
      <div class="row wrap small muted">${answer.method && html`<${Badge} kind="accent">${say(`data.method-${answer.method}`)}</${Badge}>`}<span>${say("data.confidence", percent(answer.confidence ?? 0))}</span>
        ${sources.map((one) => html`<a key=${one} href=${addressOf(["data", "databases", connection.id], { table: one })}><bdi>${one}</bdi></a>`)}</div>
      ${result?.error && html`<${Notice} kind="warn">${result.error}</${Notice}>`}
      ${answer.chart && html`<${VegaChart} spec=${answer.chart} label=${answer.answer || answer.question} height=${300} />`}
      <${Judgement} answer=${answer} connection=${connection} onAgain=${() => onAsk(answer.question)} /></div>
    ${result && result.rows.length > 0 && !isSingle && html`<div class="card flush"><div class="data-result-bar row"><h2 class="small">${say("data.table")}</h2><span class="grow"></span><span class="muted small number">${say(result.truncated ? "data.cut" : "data.rows", result.row_count, number(result.row_count), duration(result.elapsed_ms / 1000))}</span></div>
      <${ResultGrid} result=${result} label=${say("data.result")} heightMax=${420} /></div>`}
    ${answer.sql && html`<details class="card" open><summary>SQL</summary><${CodeBlock} code=${answer.sql} language="sql" name="query.sql" />
      <div class="row wrap">${connection.rights.includes("run") && html`<${Button} icon="code" href=${addressOf(["data", "sql"], { connection: connection.id, sql: answer.sql })}>${say("data.open-in-editor")}</${Button}>
        <${Button} icon="check" onClick=${() => setSaving(true)}>${say("data.save")}</${Button}>`}</div></details>`}
    <details class="card"><summary>${say("data.why")}</summary><${Why} answer=${answer} connection=${connection} /></details>
    ${isSaving && html`<${SaveDialog} sql=${answer.sql ?? ""} connection=${connection.id} name=${answer.question.slice(0, 100)} onClose=${() => setSaving(false)} onSaved=${() => {}} />`}</section>`;
}
