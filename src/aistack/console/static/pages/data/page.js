// @ts-check
// Data: ask, SQL, saved queries, history, databases. Addresses: /data, /data/sql, /data/saved[/<id>], /data/history,
// /data/databases[/<id>[/layer|/permissions]].

import { html, useEffect } from "../../vendor/preact.js";
import { useResource } from "../../api/resource.js";
import { Button } from "../../components/button.js";
import { AbsentState } from "../../components/share.js";
import { Loaded, State } from "../../components/states.js";
import { Tabs } from "../../components/tabs.js";
import { matches, provideCommands } from "../../shell/commands.js";
import { Page, PageBody } from "../../shell/page.js";
import { addressOf, go, place } from "../../shell/router.js";
import { loadWords, say } from "../../shell/words.js";
import { CONNECTIONS, listConnections } from "./api.js";
import { AskView } from "./ask/ask.js";
import { ConnectionSelect, chosenConnection } from "./connection_choice.js";
import { DatabaseView } from "./databases/database.js";
import { Databases } from "./databases/databases.js";
import { History } from "./kept/history.js";
import { SavedQueries } from "./kept/saved.js";
import { SavedQuery } from "./kept/saved_query.js";
import { Workbench } from "./sql/workbench.js";

await loadWords("data_databases");

const TABS = /** @type {const} */ (["ask", "sql", "saved", "history", "databases"]);
const addressOfTab = (/** @type {string} */ tab) => (tab === "ask" ? "/data" : `/data/${tab}`);
/** @typedef {import("./api.js").Connection} Connection */

/** @param {{segments: string[]}} props */
export default function Data({ segments }) {
  const connections = useResource(listConnections, []);
  useEffect(() => { // former links
    const { query, connection } = place.value.query;
    if (query && segments[0] === "databases") go(addressOf(["data", "saved", query]), { replace: true });
    else if (connection && segments[0] === "databases" && !segments[1]) go(addressOf(["data", "databases", connection]), { replace: true });
  }, []);
  return html`<${Loaded} of=${connections}>${(/** @type {Connection[]} */ all) => html`
    <${View} all=${all} segments=${segments} reload=${connections.reload} />`}</${Loaded}>`;
}

/** @param {{all: Connection[], segments: string[], reload: () => void}} props */
function View({ all, segments, reload }) {
  const tab = TABS.find((one) => one === segments[0]) ?? "ask";
  useEffect(() => provideCommands({
    group: () => say("data.title"),
    find: (text) => [
      ...TABS.map((one) => ({ id: one, title: say(`data.tab-${one}`), icon: "database", href: addressOfTab(one) })),
      ...all.map((one) => ({ id: one.id, title: one.name, about: one.place, icon: "database", href: addressOf(["data", "databases", one.id]) })),
    ].filter((one) => matches(one.title, text)).slice(0, 8),
  }), [all]);
  const tabs = html`<${Tabs} label=${say("data.title")} current=${tab} tabs=${TABS.map((one) => ({ id: one, title: say(`data.tab-${one}`), href: addressOfTab(one) }))} />`;
  if (tab === "databases" && segments[1]) return html`<${DatabaseView} key=${segments[1]} all=${all} id=${segments[1]} view=${segments[2] ?? "tables"} reload=${reload} tabs=${tabs} />`;
  if (tab === "saved" && segments[1]) return html`<${SavedQuery} key=${segments[1]} id=${segments[1]} connections=${all} tabs=${tabs} />`;
  const right = tab === "sql" ? "run" : "ask", usable = all.filter((one) => one.rights.includes(right));
  const { connection, isAbsent } = chosenConnection(usable), needsOne = tab === "ask" || tab === "sql";
  return html`<${Page} title=${say("data.title")} actions=${needsOne && usable.length > 0 && tab === "ask" && connection && html`<${ConnectionSelect} all=${usable} value=${connection.id} />`}>${tabs}
    ${needsOne && isAbsent && html`<${PageBody}><${AbsentState} title=${say("data.absent-connection")} path=${`${CONNECTIONS}/${encodeURIComponent(place.value.query.connection)}`} home=${addressOfTab(tab)} /></${PageBody}>`}
    ${needsOne && !isAbsent && !connection && html`<${PageBody}><${NoConnection} any=${all.length > 0} /></${PageBody}>`}
    ${tab === "ask" && connection && html`<${PageBody}><${AskView} connection=${connection} /></${PageBody}>`}
    ${tab === "sql" && connection && html`<${PageBody} isFlush><${Workbench} connections=${usable} fallback=${connection} /></${PageBody}>`}
    ${tab === "saved" && html`<${SavedQueries} connections=${all} />`}
    ${tab === "history" && html`<${History} connections=${all} />`}
    ${tab === "databases" && html`<${Databases} all=${all} reload=${reload} />`}
  </${Page}>`;
}

/** @param {{any: boolean}} props */
const NoConnection = ({ any }) => html`<${State} icon="database" title=${say(any ? "data.none-usable" : "data.none")} text=${say(any ? "data.none-usable-text" : "data.none-text")}>
  <${Button} kind="primary" icon="plus" href="/data/databases?new=1">${say("data.connect")}</${Button}></${State}>`;
