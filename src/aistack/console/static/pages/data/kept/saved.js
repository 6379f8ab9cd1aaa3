// @ts-check
// Saved queries with their schedules, and the jobs of schedules and of the editor.

import { html } from "../../../vendor/preact.js";
import { useResource } from "../../../api/resource.js";
import { Badge, Button, Segmented } from "../../../components/button.js";
import { CopyAs } from "../../../components/copy.js";
import { SearchField } from "../../../components/field.js";
import { ago, dateTime } from "../../../components/format.js";
import { Loaded, State } from "../../../components/states.js";
import { Table } from "../../../components/table.js";
import { PageBody } from "../../../shell/page.js";
import { addressOf, go, useQuery } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { QUERY, listSaved } from "../api.js";
import { Jobs } from "./jobs.js";
import { scheduleText } from "./schedules.js";

/** @typedef {import("../api.js").Saved} Saved */
const SORTS = /** @type {Record<string, (one: Saved) => string>} */ ({ name: (one) => one.name.toLocaleLowerCase(), updated: (one) => one.updated_at, due: (one) => one.due_at ?? "" });

/** @param {{connections: import("../api.js").Connection[]}} props */
export function SavedQueries({ connections }) {
  const [show, setShow] = useQuery("show", "queries"), [q, setQ] = useQuery("q"), [sort, setSort] = useQuery("sort", "-updated"), all = useResource(listSaved, []);
  const nameOf = (/** @type {Saved} */ one) => connections.find((other) => other.id === one.connection_id)?.name ?? one.connection_id;
  const columns = [
    { id: "name", title: say("data.name"), width: "2fr", sort: "name", cell: (/** @type {Saved} */ one) => html`<bdi class="strong">${one.name}</bdi>${one.about && html` <bdi class="muted">${one.about}</bdi>`}` },
    { id: "database", title: say("data.database"), width: "1fr", isMinor: true, cell: (/** @type {Saved} */ one) => html`<bdi>${nameOf(one)}</bdi>` },
    { id: "schedule", title: say("data.schedule"), width: "150px", cell: (/** @type {Saved} */ one) => (one.stopped ? html`<${Badge} kind="bad" title=${one.stopped}>${say("data.stopped")}</${Badge}>` : html`<span class=${one.every_seconds ? "" : "muted"}>${scheduleText(one.every_seconds)}</span>`) },
    { id: "due", title: say("data.next-run"), width: "130px", sort: "due", isMinor: true, cell: (/** @type {Saved} */ one) => html`<span class="muted" title=${dateTime(one.due_at)}>${ago(one.due_at)}</span>` },
    { id: "access", title: say("data.your-access"), width: "120px", isMinor: true, cell: (/** @type {Saved} */ one) => html`<${Badge}>${say(`shell.level-${one.yours}`)}</${Badge}>` },
    { id: "updated", title: say("data.updated"), width: "120px", sort: "updated", isRight: true, isMinor: true, cell: (/** @type {Saved} */ one) => html`<span class="muted" title=${dateTime(one.updated_at)}>${ago(one.updated_at)}</span>` },
  ];
  const bar = html`<div class="data-bar"><${Segmented} label=${say("data.show")} value=${show} onChange=${setShow} options=${["queries", "jobs"].map((one) => ({ id: one, title: say(`data.show-${one}`) }))} />
    ${show === "queries" && html`<${SearchField} label=${say("data.find-query")} value=${q} onInput=${(/** @type {string} */ text) => setQ(text, { replace: true })} />`}<span class="grow"></span>
    <${CopyAs} call=${() => ({ method: "GET", path: show === "jobs" ? `${QUERY}/jobs` : `${QUERY}/saved` })} /></div>`;
  if (show === "jobs") return html`<${PageBody} isFlush>${bar}<${Jobs} connections=${connections} /></${PageBody}>`;
  return html`<${PageBody} isFlush>${bar}<${Loaded} of=${all} rows=${8}>${(/** @type {Saved[]} */ found) => {
    const words = q.trim().toLocaleLowerCase(), key = SORTS[sort.replace("-", "")] ?? SORTS.updated;
    const shown = found.filter((one) => `${one.name} ${one.about} ${one.sql} ${nameOf(one)}`.toLocaleLowerCase().includes(words)).sort((a, b) => key(a).localeCompare(key(b)) * (sort.startsWith("-") ? -1 : 1));
    return html`<${Table} label=${say("data.tab-saved")} columns=${columns} count=${shown.length} rowAt=${(/** @type {number} */ at) => shown[at]} keyOf=${(/** @type {Saved} */ one) => one.id} sort=${sort} onSort=${setSort}
      onOpen=${(/** @type {Saved} */ one) => go(addressOf(["data", "saved", one.id]))} empty=${found.length === 0
        ? html`<${State} icon="code" title=${say("data.none-saved")} text=${say("data.none-saved-text")}><${Button} kind="primary" href="/data/sql">${say("data.write-sql")}</${Button}></${State}>`
        : html`<${State} icon="search" title=${say("data.none-found")}><${Button} onClick=${() => setQ("")}>${say("data.clear-filter")}</${Button}></${State}>`} />`;
  }}</${Loaded}></${PageBody}>`;
}
