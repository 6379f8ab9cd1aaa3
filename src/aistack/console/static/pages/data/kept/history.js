// @ts-check
// What was asked and run before, newest first.

import { html } from "../../../vendor/preact.js";
import { useResource } from "../../../api/resource.js";
import { caller } from "../../../api/session.js";
import { Badge, Button, Segmented } from "../../../components/button.js";
import { CodeBlock } from "../../../components/code_block.js";
import { CopyAs } from "../../../components/copy.js";
import { Dialog } from "../../../components/dialog.js";
import { Check, Select } from "../../../components/field.js";
import { ago, dateTime, duration, number } from "../../../components/format.js";
import { Loaded, Notice, State } from "../../../components/states.js";
import { Table } from "../../../components/table.js";
import { PageBody } from "../../../shell/page.js";
import { addressOf, setQuery, useQuery } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { AI, QUERY, listQuestions, listRuns } from "../api.js";

const SHOWN_MAX = 1000;
const STATES = /** @type {const} */ ({ done: "good", failed: "bad", refused: "bad", cancelled: "", ready: "good", need_clarification: "warn" });
/** @typedef {import("../api.js").Run} Run */
/** @typedef {import("../api.js").Question} Question */
/** @typedef {import("../api.js").Connection} Connection */

/** @param {{connections: Connection[]}} props */
export function History({ connections }) {
  const [show, setShow] = useQuery("show", "statements"), [connection, setConnection] = useQuery("connection"), [everyone, setEveryone] = useQuery("everyone");
  const databases = [{ id: "", title: say("data.all-databases") }, ...connections.map((one) => ({ id: one.id, title: one.name }))];
  const query = { connection_id: connection, limit: SHOWN_MAX, ...(everyone && show === "statements" ? { everyone: true } : {}) };
  return html`<${PageBody} isFlush><div class="data-bar"><${Segmented} label=${say("data.show")} value=${show} onChange=${setShow} options=${["statements", "questions"].map((one) => ({ id: one, title: say(`data.show-${one}`) }))} />
      <${Select} label=${say("data.database")} value=${connection} options=${databases} onChange=${setConnection} />
      ${show === "statements" && caller.value.role === "owner" && html`<${Check} label=${say("data.everyones")} checked=${everyone === "1"} onChange=${(/** @type {boolean} */ one) => setEveryone(one ? "1" : "")} />`}
      <span class="grow"></span><${CopyAs} call=${() => ({ method: "GET", path: show === "questions" ? `${AI}/questions` : `${QUERY}/history`, query })} /></div>
    ${show === "questions" ? html`<${Questions} query=${query} />` : html`<${Runs} query=${query} />`}</${PageBody}>`;
}

/** @param {{query: import("../../../api/http.js").Query}} props */
function Runs({ query }) {
  const runs = useResource((signal) => listRuns(query, signal), [query]), [open] = useQuery("run");
  const columns = [
    { id: "sql", title: say("data.statement"), width: "3fr", cell: (/** @type {Run} */ one) => html`<code title=${one.sql.slice(0, 1000)}>${one.sql.replace(/\s+/g, " ").slice(0, 200)}</code>` },
    { id: "database", title: say("data.database"), width: "1fr", isMinor: true, cell: (/** @type {Run} */ one) => html`<bdi>${one.connection}</bdi>` },
    { id: "state", title: say("data.state"), width: "120px", cell: (/** @type {Run} */ one) => html`<${Badge} kind=${STATES[one.state]} title=${one.error}>${say(`data.run-${one.state}`)}</${Badge}>` },
    { id: "rows", title: say("data.rows-column"), width: "90px", isRight: true, isMinor: true, cell: (/** @type {Run} */ one) => number(one.rows) },
    { id: "time", title: say("data.duration"), width: "90px", isRight: true, isMinor: true, cell: (/** @type {Run} */ one) => duration(one.elapsed_ms / 1000) },
    { id: "begun", title: say("data.started"), width: "130px", isRight: true, isMinor: true, cell: (/** @type {Run} */ one) => html`<span class="muted" title=${dateTime(one.begun_at)}>${ago(one.begun_at)}</span>` },
  ];
  return html`<${Loaded} of=${runs} rows=${10}>${(/** @type {{runs: Run[], total: number}} */ found) => {
    const shown = found.runs.find((one) => one.id === open);
    return html`<${Table} label=${say("data.show-statements")} columns=${columns} count=${found.runs.length} rowAt=${(/** @type {number} */ at) => found.runs[at]} keyOf=${(/** @type {Run} */ one) => one.id} onOpen=${(/** @type {Run} */ one) => setQuery({ run: one.id })}
        empty=${html`<${State} icon="code" title=${say("data.no-runs")} text=${say("data.no-runs-text")}><${Button} kind="primary" href="/data/sql">${say("data.write-sql")}</${Button}></${State}>`} />
      ${shown && html`<${Dialog} title=${say("data.statement")} kind="side" onClose=${() => setQuery({ run: null })}><div class="row wrap"><${Badge} kind=${STATES[shown.state]}>${say(`data.run-${shown.state}`)}</${Badge}>
        <span class="muted small"><bdi>${shown.connection}</bdi> · ${dateTime(shown.begun_at)} · ${duration(shown.elapsed_ms / 1000)} · ${say("data.row-count", shown.rows, number(shown.rows))}</span></div>
        ${shown.error && html`<${Notice} kind="bad">${shown.error}</${Notice}>`}<${CodeBlock} code=${shown.sql} language="sql" name="query.sql" />
        ${shown.tables.length > 0 && html`<p class="muted small">${say("data.tables-used")}: <bdi>${shown.tables.join(", ")}</bdi></p>`}
        <div><${Button} kind="primary" icon="code" href=${addressOf(["data", "sql"], { connection: shown.connection_id, sql: shown.sql })}>${say("data.open-in-editor")}</${Button}></div></${Dialog}>`}`;
  }}</${Loaded}>`;
}

/** @param {{query: import("../../../api/http.js").Query}} props */
function Questions({ query }) {
  const questions = useResource((signal) => listQuestions(query, signal), [query]);
  const columns = [
    { id: "question", title: say("data.question"), width: "3fr", cell: (/** @type {Question} */ one) => html`<a href=${addressOf(["data"], { connection: one.connection_id, q: one.question })}><bdi>${one.question}</bdi></a>` },
    { id: "database", title: say("data.database"), width: "1fr", isMinor: true, cell: (/** @type {Question} */ one) => html`<bdi>${one.connection}</bdi>` },
    { id: "state", title: say("data.state"), width: "170px", cell: (/** @type {Question} */ one) => html`<${Badge} kind=${STATES[one.status]}>${say(`data.asked-${one.status}`)}</${Badge}>` },
    { id: "created", title: say("data.asked-at"), width: "130px", isRight: true, isMinor: true, cell: (/** @type {Question} */ one) => html`<span class="muted" title=${dateTime(one.created_at)}>${ago(one.created_at)}</span>` },
  ];
  return html`<${Loaded} of=${questions} rows=${10}>${(/** @type {{questions: Question[]}} */ found) => html`<${Table} label=${say("data.show-questions")} columns=${columns} count=${found.questions.length} rowAt=${(/** @type {number} */ at) => found.questions[at]} keyOf=${(/** @type {Question} */ one) => one.id}
    empty=${html`<${State} icon="chat" title=${say("data.no-questions")} text=${say("data.no-questions-text")}><${Button} kind="primary" href="/data">${say("data.tab-ask")}</${Button}></${State}>`} />`}</${Loaded}>`;
}
