// @ts-check
// The SQL editor: tabs, tables of the database, the statement and its result. The address has the tab, its database
// and its statement, so a link shows the same to somebody else.

import { html, useEffect, useMemo, useRef, useState } from "../../../vendor/preact.js";
import { useResource } from "../../../api/resource.js";
import { Button } from "../../../components/button.js";
import { CodeEditor } from "../../../components/code_editor.js";
import { Dialog } from "../../../components/dialog.js";
import { place, setQuery } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { showSchema } from "../api.js";
import { ConnectionSelect } from "../connection_choice.js";
import { firstRows, isStore, parametersOf } from "../dialects.js";
import { Outcome } from "./outcome.js";
import { run } from "./running.js";
import { SchemaTree } from "./schema_tree.js";
import { TabStrip } from "./tab_strip.js";
import { changeTab, closeTab, openTab, outcomes, tabs } from "./tabs.js";
import { Toolbar } from "./toolbar.js";

const WRITE_MS = 300, LINKED_MAX = 4000, LAST = "data.sql.last"; // characters of a statement in an address
/** @typedef {import("../api.js").Connection} Connection */

/** @param {{connections: Connection[], fallback: Connection}} props */
export function Workbench({ connections, fallback }) {
  const [id, setId] = useState(""), written = useRef("");
  const tab = tabs.value.find((one) => one.id === id), { query } = place.value;
  const key = JSON.stringify([query.tab, query.connection, query.sql]);
  useEffect(() => {
    if (key === written.current) return;
    setId(adopted(query, fallback, id).id);
  }, [key]);
  useEffect(() => {
    if (!tab) return undefined;
    localStorage.setItem(LAST, tab.id);
    const shown = { tab: tab.id, connection: tab.connection, sql: tab.sql && tab.sql.length <= LINKED_MAX ? tab.sql : null };
    const timer = setTimeout(() => {
      written.current = JSON.stringify([shown.tab, shown.connection, shown.sql ?? undefined]);
      setQuery(shown, { replace: true });
    }, WRITE_MS);
    return () => clearTimeout(timer);
  }, [tab?.id, tab?.connection, tab?.sql]);
  if (!tab) return null;
  const connection = connections.find((one) => one.id === tab.connection) ?? fallback;
  const close = (/** @type {string} */ gone) => {
    const next = closeTab(gone);
    if (gone === id) setId((next ?? openTab({ connection: connection.id })).id);
  };
  return html`<${Editor} key=${tab.id} tab=${tab} connection=${connection} connections=${connections}
    strip=${html`<${TabStrip} current=${tab.id} onChoose=${setId} onClose=${close} onNew=${(/** @type {any} */ wanted = {}) => setId(openTab({ connection: connection.id, ...wanted }).id)} />`} onNew=${(/** @type {any} */ wanted) => setId(openTab({ connection: connection.id, ...wanted }).id)} />`;
}

/** The tab that an address means; it is opened if there is none. @param {Record<string, string>} query @param {Connection} fallback @param {string} current */
function adopted(query, fallback, current) {
  const all = tabs.value, named = all.find((one) => one.id === query.tab), connection = query.connection ? fallback.id : "";
  if (named && (query.sql === undefined || query.sql === named.sql)) return named;
  if (query.sql !== undefined) return all.find((one) => one.sql === query.sql && one.connection === fallback.id) ?? openTab({ connection: fallback.id, sql: query.sql });
  const last = all.find((one) => one.id === (current || localStorage.getItem(LAST))) ?? all.at(-1);
  if (!last) return openTab({ connection: fallback.id });
  if (!connection || last.connection === connection) return last;
  if (last.sql.trim()) return all.findLast((one) => one.connection === connection) ?? openTab({ connection });
  changeTab(last.id, { connection });
  return { ...last, connection };
}

/** @param {{tab: import("./tabs.js").Tab, connection: Connection, connections: Connection[], strip: any, onNew: (wanted: {sql: string}) => void}} props */
function Editor({ tab, connection, connections, strip, onNew }) {
  const [isShowingTables, setShowingTables] = useState(false), [limit, setLimit] = useState(1000);
  const schema = useResource((signal) => showSchema(connection.id, false, signal), [connection.id]);
  const names = useMemo(() => Object.fromEntries((schema.data?.tables ?? []).map((one) => [one.name, one.columns.map((column) => column.name)])), [schema.data]);
  const outcome = outcomes.value[tab.id];
  const put = (/** @type {import("../api.js").TableInfo} */ table) => {
    const sql = firstRows(table, connection.engine);
    if (tab.sql.trim() && tab.sql !== sql) onNew({ sql });
    else changeTab(tab.id, { sql });
    setShowingTables(false);
  };
  const start = (/** @type {string} */ sql) => run(tab, sql, { engine: connection.engine, limit });
  const tree = html`<${SchemaTree} schema=${schema} onChoose=${put} connection=${connection.id} onRefreshed=${schema.replace} />`;
  const parameters = isStore(connection.engine) ? [] : parametersOf(tab.sql);
  return html`<div class="data-workbench"><aside class="data-tree" aria-label=${say("data.view-tables")}>
      <${ConnectionSelect} all=${connections} value=${connection.id} onChoose=${(/** @type {string} */ one) => changeTab(tab.id, { connection: one })} />${tree}</aside>
    <div class="data-desk">${strip}
      <div class="data-narrow row"><${ConnectionSelect} all=${connections} value=${connection.id} onChoose=${(/** @type {string} */ one) => changeTab(tab.id, { connection: one })} />
        <${Button} icon="database" onClick=${() => setShowingTables(true)}>${say("data.view-tables")}</${Button}></div>
      <div class="data-editor">
        <${CodeEditor} value=${tab.sql} label="SQL" language=${connection.engine === "mongodb" ? "json" : isStore(connection.engine) ? "text" : "sql"} engine=${connection.engine} schema=${names}
          placeholder=${say(isStore(connection.engine) ? `data.example-${connection.engine}` : "data.example-sql")} onChange=${(/** @type {string} */ sql) => changeTab(tab.id, { sql })} onRun=${start} /></div>
      ${parameters.length > 0 && html`<div class="data-parameters" role="group" aria-label=${say("data.parameters")}>${parameters.map((name) => html`<label key=${name} class="row small"><span class="code">:${name}</span>
        <input class="input code" value=${tab.parameters?.[name] ?? ""} onInput=${(/** @type {any} */ event) => changeTab(tab.id, { parameters: { ...tab.parameters, [name]: event.currentTarget.value } })} /></label>`)}</div>`}
      <${Toolbar} tab=${tab} connection=${connection} outcome=${outcome} limit=${limit} onLimit=${setLimit} onRun=${() => start(tab.sql)} />
      <${Outcome} tab=${tab} connection=${connection} outcome=${outcome} limit=${limit} /></div>
    ${isShowingTables && html`<${Dialog} title=${say("data.view-tables")} kind="side" onClose=${() => setShowingTables(false)}>${tree}</${Dialog}>`}</div>`;
}
