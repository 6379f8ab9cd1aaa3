// @ts-check
// The databases that the caller can see.

import { html } from "../../../vendor/preact.js";
import { caller } from "../../../api/session.js";
import { Badge, Button } from "../../../components/button.js";
import { CopyAs } from "../../../components/copy.js";
import { SearchField } from "../../../components/field.js";
import { ago, dateTime } from "../../../components/format.js";
import { State } from "../../../components/states.js";
import { Table } from "../../../components/table.js";
import { PageBody } from "../../../shell/page.js";
import { addressOf, go, setQuery, useQuery } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { CONNECTIONS } from "../api.js";
import { ENGINES } from "../dialects.js";
import { AccountBadge, StateBadge } from "./diagnosis.js";
import { NewDatabase } from "./new_database.js";

/** @typedef {import("../api.js").Connection} Connection */
const SORTS = /** @type {Record<string, (one: Connection) => string>} */ ({ name: (one) => one.name.toLocaleLowerCase(), engine: (one) => one.engine, updated: (one) => one.updated_at });

/** @param {{all: Connection[], reload: () => void}} props */
export function Databases({ all, reload }) {
  const [isNew, setNew] = useQuery("new"), [q, setQ] = useQuery("q"), [sort, setSort] = useQuery("sort", "name");
  const mayConnect = caller.value.role !== "guest";
  const open = (/** @type {Connection} */ one) => go(addressOf(["data", "databases", one.id]));
  const words = q.trim().toLocaleLowerCase(), key = SORTS[sort.replace("-", "")] ?? SORTS.name;
  const shown = all.filter((one) => `${one.name} ${one.place} ${ENGINES[one.engine]}`.toLocaleLowerCase().includes(words))
    .sort((a, b) => key(a).localeCompare(key(b)) * (sort.startsWith("-") ? -1 : 1));
  const columns = [
    { id: "name", title: say("data.name"), width: "1.4fr", sort: "name", cell: (/** @type {Connection} */ one) => html`<bdi class="strong">${one.name}</bdi>` },
    { id: "engine", title: say("data.engine"), width: "140px", sort: "engine", isMinor: true, cell: (/** @type {Connection} */ one) => ENGINES[one.engine] ?? one.engine },
    { id: "place", title: say("data.place"), width: "2fr", isMinor: true, cell: (/** @type {Connection} */ one) => html`<bdi class="muted" title=${one.place}>${one.place}</bdi>` },
    { id: "state", title: say("data.state"), width: "130px", cell: (/** @type {Connection} */ one) => html`<${StateBadge} tested=${one.tested} />` },
    { id: "account", title: say("data.account"), width: "110px", isMinor: true, cell: (/** @type {Connection} */ one) => html`<${AccountBadge} tested=${one.tested} />` },
    { id: "yours", title: say("data.your-access"), width: "120px", isMinor: true, cell: (/** @type {Connection} */ one) => html`<${Badge}>${say(`shell.level-${one.yours ?? "manage"}`)}</${Badge}>` },
    { id: "updated", title: say("data.updated"), width: "120px", sort: "updated", isRight: true, isMinor: true, cell: (/** @type {Connection} */ one) => html`<span class="muted" title=${dateTime(one.updated_at)}>${ago(one.updated_at)}</span>` },
  ];
  const add = mayConnect && html`<${Button} kind="primary" icon="plus" onClick=${() => setNew("1")}>${say("data.connect")}</${Button}>`;
  return html`<${PageBody} isFlush>
    <div class="data-bar"><${SearchField} label=${say("data.find-database")} value=${q} onInput=${(/** @type {string} */ text) => setQ(text, { replace: true })} /><span class="grow"></span>
      <${CopyAs} call=${() => ({ method: "GET", path: CONNECTIONS })} />${all.length > 0 && add}</div>
    <${Table} label=${say("data.tab-databases")} columns=${columns} count=${shown.length} rowAt=${(/** @type {number} */ at) => shown[at]} keyOf=${(/** @type {Connection} */ one) => one.id}
      sort=${sort} onSort=${setSort} onOpen=${open} empty=${all.length === 0
        ? html`<${State} icon="database" title=${say("data.none")} text=${say("data.none-text")}>${add}</${State}>`
        : html`<${State} icon="search" title=${say("data.none-found")}><${Button} onClick=${() => setQ("")}>${say("data.clear-filter")}</${Button}></${State}>`} />
    ${isNew && mayConnect && html`<${NewDatabase} onClose=${() => setQuery({ new: null })} onMade=${(/** @type {string} */ id) => { reload(); go(addressOf(["data", "databases", id])); }} />`}
  </${PageBody}>`;
}
