// @ts-check
// A question in words about a database. The address has the question, so a link asks it again.

import { html, useEffect, useRef, useState } from "../../../vendor/preact.js";
import { useResource } from "../../../api/resource.js";
import { Button } from "../../../components/button.js";
import { CopyAs } from "../../../components/copy.js";
import { ErrorState, State } from "../../../components/states.js";
import { place, setQuery } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { AI, listQuestions, showSchema } from "../api.js";
import { isStore } from "../dialects.js";
import { AnswerView } from "./answer.js";
import { requestOf, useAnswer } from "./asking.js";
import { answeredBefore, suggestedBy } from "./suggestions.js";

/** @param {{connection: import("../api.js").Connection}} props */
export function AskView({ connection }) {
  const asked = place.value.query.q ?? "", [typed, setTyped] = useState(asked), field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const answer = useAnswer(connection.id, asked);
  useEffect(() => setTyped(asked), [asked]);
  useEffect(() => { if (!asked) field.current?.focus(); }, []);
  const ask = (/** @type {string} */ question) => {
    const text = question.trim();
    if (!text) return;
    if (text === asked) answer.again();
    else setQuery({ q: text, connection: connection.id });
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    ask(typed);
  };
  if (isStore(connection.engine)) return html`<${State} icon="database" title=${say("data.no-asking")} text=${say("data.no-asking-text")}><${Button} href="/data/sql?connection=${encodeURIComponent(connection.id)}">${say("data.tab-sql")}</${Button}></${State}>`;
  return html`<form class="data-ask" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); ask(typed); }}>
      <textarea ref=${field} class="input" rows="1" aria-label=${say("data.question")} placeholder=${say("data.question-example")} maxlength="4000" value=${typed} onInput=${(/** @type {any} */ event) => setTyped(event.currentTarget.value)} onKeyDown=${press}></textarea>
      <${CopyAs} call=${() => ({ method: "POST", path: `${AI}/query`, body: { ...requestOf(connection.name, typed.trim() || say("data.question-example")), context: undefined } })} />
      ${answer.isRunning ? html`<${Button} icon="stop" onClick=${answer.stop}>${say("data.stop")}</${Button}>` : html`<${Button} type="submit" kind="primary" disabled=${!typed.trim()}>${say("data.ask-action")}</${Button}>`}</form>
    ${answer.isRunning && html`<${Steps} steps=${answer.steps} />`}
    ${answer.error && html`<${ErrorState} error=${answer.error} onRetry=${answer.again} />`}
    ${answer.answer && !answer.isRunning && html`<${AnswerView} key=${answer.answer.id} answer=${answer.answer} connection=${connection} onChoose=${answer.choose} onAsk=${ask} />`}
    ${!asked && html`<${Beginning} connection=${connection} onAsk=${ask} />`}
    ${asked && !answer.isRunning && !answer.answer && !answer.error && html`<p class="muted">${say("data.was-stopped")} <${Button} size="small" onClick=${answer.again}>${say("shell.retry")}</${Button}></p>`}`;
}

/** @param {{steps: import("./asking.js").Step[]}} props */
function Steps({ steps }) {
  const last = steps.at(-1);
  return html`<div class="card row data-steps" role="status"><span class="spinner" aria-hidden="true"></span><span class="truncate">${last ? html`<strong>${say(`data.step-${last.step}`)}</strong> <bdi class="muted">${last.said.slice(0, 160)}</bdi>` : say("data.thinking")}</span></div>`;
}

/** @param {{connection: import("../api.js").Connection, onAsk: (question: string) => void}} props */
function Beginning({ connection, onAsk }) {
  const found = useResource(async (signal) => {
    const [schema, past] = await Promise.all([showSchema(connection.id, false, signal).catch(() => null), listQuestions({ connection_id: connection.id, limit: 50 }, signal).catch(() => null)]);
    return { tables: schema?.tables ?? [], past: past ? answeredBefore(past.questions) : [] };
  }, [connection.id]);
  const made = found.data ? suggestedBy(found.data.tables).filter((one) => !found.data?.past.includes(one)) : [];
  const list = (/** @type {string} */ title, /** @type {string[]} */ all) => all.length > 0 && html`<section class="stack tight"><h2 class="small muted">${title}</h2>
    <ul class="plain-list data-suggestions">${all.map((one) => html`<li key=${one}><button type="button" class="card" onClick=${() => onAsk(one)}><bdi>${one}</bdi></button></li>`)}</ul></section>`;
  return html`<div class="stack loose"><p class="muted">${say("data.ask-lead")}</p>${list(say("data.try"), made)}${list(say("data.asked-before"), found.data?.past ?? [])}</div>`;
}
