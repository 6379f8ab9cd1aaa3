// @ts-check
// The tables of a database beside the editor.

import { html, useState } from "../../../vendor/preact.js";
import { Button } from "../../../components/button.js";
import { SearchField } from "../../../components/field.js";
import { number } from "../../../components/format.js";
import { Loaded } from "../../../components/states.js";
import { say } from "../../../shell/words.js";
import { showSchema } from "../api.js";
import { matchingTables } from "../databases/schema_browser.js";

const SHOWN_MAX = 300;
/** @typedef {import("../api.js").Schema} Schema */

/** @param {{schema: import("../../../api/resource.js").Resource<Schema>, connection: string, onChoose: (table: import("../api.js").TableInfo) => void, onRefreshed: (schema: Schema) => void}} props */
export function SchemaTree({ schema, connection, onChoose, onRefreshed }) {
  const [filter, setFilter] = useState("");
  return html`<div class="row"><${SearchField} label=${say("data.filter-tables")} value=${filter} onInput=${setFilter} />
      <${Button} kind="ghost" icon="refresh" label=${say("data.refresh")} onClick=${async () => onRefreshed(await showSchema(connection, true))} /></div>
    <${Loaded} of=${schema} rows=${6}>${(/** @type {Schema} */ found) => {
      const tables = matchingTables(found.tables, filter);
      return html`${tables.length === 0 && html`<p class="muted small">${say(found.tables.length ? "data.none-found" : "data.no-tables")}</p>`}
        <ul class="plain-list data-tree-list">${tables.slice(0, SHOWN_MAX).map((table) => html`<li key=${table.name}><details><summary title=${table.comment}><bdi class="truncate">${table.name}</bdi>
            <span class="muted tiny number">${table.rows === null ? "" : say("data.about-rows", table.rows, number(table.rows))}</span></summary>
          <ul class="plain-list data-tree-columns">${table.columns.map((column) => html`<li key=${column.name} title=${[column.comment, column.samples.join(", ")].filter(Boolean).join("\n")}><bdi class="code truncate">${column.name}</bdi>
            <span class="muted tiny truncate">${column.type}${table.primary_key.includes(column.name) ? ` · ${say("data.primary-key")}` : ""}</span></li>`)}</ul></details>
          <${Button} size="small" kind="ghost" icon="play" label=${say("data.rows-of", table.name)} onClick=${() => onChoose(table)} /></li>`)}</ul>
        ${tables.length > SHOWN_MAX && html`<p class="muted tiny">${say("data.only-first", number(SHOWN_MAX))}</p>`}`;
    }}</${Loaded}>`;
}
