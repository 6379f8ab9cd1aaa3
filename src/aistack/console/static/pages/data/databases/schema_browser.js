// @ts-check
// A database's tables with their columns, keys and comments, filtered by name.

import { html } from "../../../vendor/preact.js";
import { useResource } from "../../../api/resource.js";
import { Badge, Button } from "../../../components/button.js";
import { CopyAs } from "../../../components/copy.js";
import { SearchField } from "../../../components/field.js";
import { dateTime, number } from "../../../components/format.js";
import { Loaded, State } from "../../../components/states.js";
import { addressOf, setQuery, useQuery } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { connectionPath, showSchema } from "../api.js";
import { firstRows } from "../dialects.js";

const SHOWN_MAX = 500;
/** @typedef {import("../api.js").TableInfo} TableInfo */
/** @typedef {import("../api.js").Connection} Connection */

/** The tables whose name, comment or columns have all words of a text. @param {TableInfo[]} tables @param {string} text */
export function matchingTables(tables, text) {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return tables.filter((table) => {
    const bare = [table.name, table.comment, ...table.columns.map((one) => one.name)].join(" ").toLocaleLowerCase();
    return words.every((word) => bare.includes(word));
  });
}

/** @param {{connection: Connection}} props */
export function SchemaBrowser({ connection }) {
  const [filter, setFilter] = useQuery("filter"), [open] = useQuery("table");
  const schema = useResource((signal) => showSchema(connection.id, false, signal), [connection.id]);
  return html`<${Loaded} of=${schema} rows=${8}>${(/** @type {import("../api.js").Schema} */ found) => {
    const tables = matchingTables(found.tables, filter);
    return html`<div class="row wrap"><${SearchField} label=${say("data.filter-tables")} value=${filter} onInput=${(/** @type {string} */ text) => setFilter(text, { replace: true })} />
        <span class="muted small number" role="status">${say("data.table-count", tables.length)}</span><span class="grow"></span>
        <span class="muted tiny">${say("data.read-at", dateTime(found.read_at))}</span><${CopyAs} call=${() => ({ method: "GET", path: `${connectionPath(connection.id)}/schema` })} />
        <${Button} size="small" icon="refresh" onClick=${async () => { schema.replace(await showSchema(connection.id, true)); }}>${say("data.refresh")}</${Button}></div>
      ${found.tables.length === 0 ? html`<${State} icon="database" title=${say("data.no-tables")} text=${say("data.no-tables-text")} />`
        : tables.length === 0 ? html`<${State} icon="search" title=${say("data.none-found")}><${Button} onClick=${() => setFilter("")}>${say("data.clear-filter")}</${Button}></${State}>`
          : html`<div class="stack tight">${tables.slice(0, SHOWN_MAX).map((table) => html`<${TableCard} key=${table.name} table=${table} connection=${connection} isOpen=${open === table.name || tables.length === 1} />`)}</div>
            ${tables.length > SHOWN_MAX && html`<p class="muted small">${say("data.only-first", number(SHOWN_MAX))}</p>`}`}`;
  }}</${Loaded}>`;
}

/** @param {{table: TableInfo, connection: Connection, isOpen: boolean}} props */
function TableCard({ table, connection, isOpen }) {
  const toggle = (/** @type {any} */ event) => {
    if (event.currentTarget.open === isOpen) return;
    setQuery({ table: event.currentTarget.open ? table.name : null }, { replace: true });
  };
  const mayRun = connection.rights.includes("run");
  return html`<details class="card flush data-table" open=${isOpen} onToggle=${toggle}><summary><bdi class="strong">${table.name}</bdi>${table.kind === "view" && html`<${Badge}>${say("data.view")}</${Badge}>`}
      <span class="muted small number">${[say("data.column-count", table.columns.length), table.rows === null ? "" : say("data.about-rows", table.rows, number(table.rows))].filter(Boolean).join(" · ")}</span>
      ${table.comment && html`<bdi class="muted small truncate">${table.comment}</bdi>`}</summary>
    ${isOpen && html`<div class="data-table-body">${mayRun && html`<div class="row"><${Button} size="small" icon="play" href=${addressOf(["data", "sql"], { connection: connection.id, sql: firstRows(table, connection.engine) })}>${say("data.show-rows")}</${Button}></div>`}
      <table class="simple-table"><thead><tr><th>${say("data.column")}</th><th>${say("data.type")}</th><th>${say("data.keys")}</th><th>${say("data.meaning")}</th></tr></thead>
      <tbody>${table.columns.map((column) => html`<tr key=${column.name}><td><bdi class="code">${column.name}</bdi></td><td class="muted">${column.type}${!column.nullable && html` <span class="tiny">${say("data.required")}</span>`}</td>
        <td><${Keys} table=${table} column=${column.name} connection=${connection.id} /></td><td><bdi>${column.comment}</bdi>${column.samples.length > 0 && html`<div class="muted tiny anywhere">${say("data.such-as", column.samples.slice(0, 5).join(", "))}</div>`}</td></tr>`)}</tbody></table>
      ${table.indexes.length > 0 && html`<p class="muted tiny anywhere">${say("data.indexes")}: ${table.indexes.map((one) => `${one.name} (${one.columns.join(", ")})`).join("; ")}</p>`}</div>`}
  </details>`;
}

/** @param {{table: TableInfo, column: string, connection: string}} props */
function Keys({ table, column, connection }) {
  const leads = table.foreign_keys.find((one) => one.columns.includes(column));
  return html`${table.primary_key.includes(column) && html`<${Badge} kind="accent">${say("data.primary-key")}</${Badge}> `}${leads && html`<a class="small" href=${addressOf(["data", "databases", connection], { table: leads.table })}>→ <bdi>${leads.table}</bdi></a>`}`;
}
