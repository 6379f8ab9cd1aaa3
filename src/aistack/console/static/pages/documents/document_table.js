// @ts-check
// The documents of a collection: found, sorted and filtered by the service, loaded as they come into view.

import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { usePolling } from "../../api/resource.js";
import { Badge, Button } from "../../components/button.js";
import { CopyAs } from "../../components/copy.js";
import { confirmed } from "../../components/dialog.js";
import { SearchField, Select } from "../../components/field.js";
import { ago, dateTime, number, size } from "../../components/format.js";
import { Menu } from "../../components/menu.js";
import { ErrorState, Skeleton, State } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { failed, toast } from "../../components/toast.js";
import { addressOf, go, useQuery } from "../../shell/router.js";
import { say } from "../../shell/words.js";
import { deleteDocument, documentPath, finished, listDocuments, pathOf, reindexDocument } from "./api.js";
import { Uploads, useUploads } from "./uploads.js";

const PAGE = 200, WAIT_MS = 200, AT_ONCE = 4, FOLLOW_SECONDS = 2;
const KINDS = /** @type {const} */ ({ ready: "good", pending: "warn", failed: "bad" });
/** @typedef {import("./api.js").Document} Document */

/** @param {{status: "ready" | "pending" | "failed", error?: string}} props */
export const StatusBadge = ({ status, error }) => html`<${Badge} kind=${KINDS[status]} title=${error}>${say(`documents.status-${status}`)}</${Badge}>`;

/** @param {{collection: import("./api.js").Collection, mayEdit: boolean, onChanged: () => void}} props */
export function DocumentTable({ collection, mayEdit, onChanged }) {
  const [q, setQ] = useQuery("q"), [status, setStatus] = useQuery("status"), [sort, setSort] = useQuery("sort", "-updated_at");
  const [selected, setSelected] = useState(/** @type {Set<string>} */ (new Set()));
  const list = usePages(collection.id, { q, status, sort });
  const changed = () => { list.reload(); onChanged(); };
  const uploads = useUploads(pathOf(collection.id), changed);
  const [typed, setTyped] = useState(q), waiting = useRef(0), input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => () => clearTimeout(waiting.current), []);
  const type = (/** @type {string} */ text) => {
    setTyped(text);
    clearTimeout(waiting.current);
    waiting.current = setTimeout(() => setQ(text.trim(), { replace: true }), WAIT_MS);
  };
  usePolling(list.refresh, FOLLOW_SECONDS, list.hasPending);
  const remove = async (/** @type {string[]} */ ids, /** @type {string} */ title) => {
    if (!await confirmed({ title, text: say("documents.sure-delete-text"), action: say("documents.delete"), isDangerous: true })) return;
    await inTurn(ids, (id) => deleteDocument(collection.id, id));
    setSelected(new Set());
    toast(say("documents.deleted", ids.length));
    changed();
  };
  const reindex = async (/** @type {string[]} */ ids) => {
    await inTurn(ids, async (id) => { await finished(await reindexDocument(collection.id, id)); });
    toast(say("documents.reindexed", ids.length));
    list.reload();
  };
  const ids = [...selected];
  const columns = [
    { id: "title", title: say("documents.column-title"), width: "3fr", sort: "title", cell: (/** @type {Document} */ one) => html`<bdi class="strong">${one.title}</bdi>${one.title !== one.name && html` <bdi class="muted">${one.name}</bdi>`}` },
    { id: "status", title: say("documents.column-status"), width: "110px", sort: "status", cell: (/** @type {Document} */ one) => html`<${StatusBadge} ...${one} />` },
    { id: "type", title: say("documents.column-type"), width: "90px", isMinor: true, cell: (/** @type {Document} */ one) => html`<span class="muted">${typeOf(one)}</span>` },
    { id: "pages", title: say("documents.column-pages"), width: "80px", sort: "pages", isRight: true, isMinor: true, cell: (/** @type {Document} */ one) => (one.pages ? number(one.pages) : "") },
    { id: "bytes", title: say("documents.column-size"), width: "90px", sort: "bytes", isRight: true, isMinor: true, cell: (/** @type {Document} */ one) => size(one.bytes) },
    { id: "updated", title: say("documents.column-updated"), width: "130px", sort: "updated_at", isRight: true, isMinor: true, cell: (/** @type {Document} */ one) => html`<span class="muted" title=${dateTime(one.updated_at)}>${ago(one.updated_at)}</span>` },
    ...(mayEdit ? [{ id: "menu", title: say("documents.more"), isMenu: true, cell: (/** @type {Document} */ one) => html`<${Menu} size="small" label=${say("documents.actions-of", one.title)} items=${[
      { title: say("documents.reindex"), icon: "refresh", onClick: () => reindex([one.id]) }, null,
      { title: say("documents.delete"), icon: "trash", isDangerous: true, onClick: () => remove([one.id], say("documents.sure-delete", one.title)) }]} />` }] : []),
  ];
  const isFiltered = Boolean(q || status);
  const empty = isFiltered ? html`<${State} icon="search" title=${say("documents.none-found")}><${Button} onClick=${() => { setTyped(""); go(addressOf(["documents", collection.id])); }}>${say("documents.clear-filters")}</${Button}></${State}>`
    : html`<${State} icon="documents" title=${say("documents.empty")} text=${say("documents.empty-text")}>${mayEdit && html`<${Button} kind="primary" icon="upload" onClick=${() => input.current?.click()}>${say("documents.upload")}</${Button}>`}</${State}>`;
  const states = ["", "ready", "pending", "failed"].map((one) => ({ id: one, title: say(`documents.status-${one || "any"}`) }));
  return html`<div class="documents-list" ref=${mayEdit ? uploads.dropZone : undefined}>
    <div class="documents-bar"><${SearchField} label=${say("documents.find")} value=${typed} onInput=${type} /><${Select} label=${say("documents.column-status")} value=${status} options=${states} onChange=${setStatus} />
      <span class="muted small number" role="status">${list.total !== null && say("documents.count", list.total, number(list.total))}</span><span class="grow"></span>
      <${CopyAs} call=${() => ({ method: "GET", path: `${pathOf(collection.id)}/documents`, query: { q, status, sort } })} />
      ${mayEdit && html`<input ref=${input} class="unseen" type="file" multiple tabindex="-1" aria-label=${say("documents.upload")} onChange=${(/** @type {any} */ event) => { uploads.add([...event.currentTarget.files]); event.currentTarget.value = ""; }} />
        <${Button} kind="primary" icon="upload" onClick=${() => input.current?.click()}>${say("documents.upload")}</${Button}>`}</div>
    <${Uploads} uploads=${uploads} />
    ${list.error ? html`<${ErrorState} error=${list.error} onRetry=${list.reload} />` : list.total === null ? html`<${Skeleton} rows=${10} />` : html`
    <${Table} label=${say("documents.title")} columns=${columns} count=${list.total} rowAt=${list.rowAt} keyOf=${(/** @type {Document} */ one) => one.id} onRange=${list.load} sort=${sort} onSort=${setSort}
      onOpen=${(/** @type {Document} */ one) => go(addressOf(["documents", collection.id, "documents", one.id]))} selected=${selected} onSelect=${mayEdit ? setSelected : undefined} empty=${empty}
      bulk=${html`<${Button} size="small" icon="refresh" onClick=${() => reindex(ids)}>${say("documents.reindex")}</${Button}><${Button} size="small" icon="trash" onClick=${() => remove(ids, say("documents.sure-delete-many", ids.length))}>${say("documents.delete")}</${Button}>
        <${CopyAs} size="small" call=${() => ({ method: "DELETE", path: documentPath(collection.id, ids[0] ?? "") })} />`} />`}
  </div>`;
}

/** @param {Document} one */
export const typeOf = (one) => one.name.match(/\.([a-z0-9]{1,5})$/i)?.[1].toUpperCase() ?? one.media_type.split("/").pop()?.slice(0, 8) ?? "";

/** @param {string[]} ids @param {(id: string) => Promise<unknown>} work */
async function inTurn(ids, work) {
  const left = [...ids];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => { for (let id = left.pop(); id; id = left.pop()) await work(id); }));
}

/** Pages of a long list, loaded when rows come into view. @param {string} collection @param {{q: string, status: string, sort: string}} query */
function usePages(collection, query) {
  const key = JSON.stringify([collection, query]);
  const [state, setState] = useState({ key: "", total: /** @type {number | null} */ (null), rows: /** @type {Document[]} */ ([]), error: /** @type {any} */ (null) });
  const asked = useRef(new Set()), range = useRef([0, PAGE]), current = useRef(key);
  current.current = key;
  const page = async (/** @type {number} */ at) => {
    if (asked.current.has(`${key} ${at}`)) return;
    asked.current.add(`${key} ${at}`);
    try {
      const found = await listDocuments(collection, { ...query, offset: at * PAGE, limit: PAGE });
      if (current.current !== key) return;
      setState((before) => {
        const rows = before.key === key ? [...before.rows] : [];
        found.documents.forEach((one, index) => { rows[at * PAGE + index] = one; });
        return { key, total: found.total, rows: rows.slice(0, found.total), error: null };
      });
    } catch (error) {
      asked.current.delete(`${key} ${at}`);
      if (at === 0) setState((before) => ({ ...before, key, error }));
      else failed(error);
    }
  };
  const load = (/** @type {number} */ first, /** @type {number} */ last) => {
    range.current = [first, last];
    for (let at = Math.floor(first / PAGE); at <= Math.floor(Math.max(first, last - 1) / PAGE); at++) page(at);
  };
  const refresh = async () => { asked.current.clear(); load(range.current[0], range.current[1]); };
  useEffect(() => { asked.current.clear(); range.current = [0, PAGE]; load(0, PAGE); }, [key]);
  const isCurrent = state.key === key;
  return {
    total: isCurrent ? state.total : null, error: isCurrent ? state.error : null, load, refresh, reload: refresh,
    rowAt: (/** @type {number} */ index) => state.rows[index], hasPending: isCurrent && state.rows.some((one) => one?.status === "pending"),
  };
}
