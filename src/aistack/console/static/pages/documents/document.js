// @ts-check
// One document: the original or its text with the cited span marked, chunks, entities, what is known of it.

import { html, useEffect, useMemo, useRef } from "../../vendor/preact.js";
import { download, keyHeader } from "../../api/http.js";
import { useResource, usePolling } from "../../api/resource.js";
import { Badge, Button } from "../../components/button.js";
import { CopyAs } from "../../components/copy.js";
import { confirmed } from "../../components/dialog.js";
import { dateTime, number, size } from "../../components/format.js";
import { Icon } from "../../components/icon.js";
import { PdfView } from "../../components/pdf_view.js";
import { Loaded, Notice, State } from "../../components/states.js";
import { Tabs } from "../../components/tabs.js";
import { toast } from "../../components/toast.js";
import { Page, PageBody } from "../../shell/page.js";
import { addressOf, go, place } from "../../shell/router.js";
import { say } from "../../shell/words.js";
import { deleteDocument, documentPath, findEntities, finished, reindexDocument, showDocument } from "./api.js";
import { StatusBadge } from "./document_table.js";

const TABS = /** @type {const} */ (["original", "text", "chunks", "entities", "about"]);
/** @typedef {import("./api.js").DocumentDetail} Detail */

/** @param {{collection: import("./api.js").Collection, id: string}} props */
export function DocumentView({ collection, id }) {
  const document = useResource((signal) => showDocument(collection.id, id, signal), [collection.id, id]);
  const list = addressOf(["documents", collection.id]), one = document.data, mayEdit = ["edit", "manage"].includes(collection.yours);
  usePolling(async () => document.reload(), 2, one?.status === "pending");
  const reindex = async () => {
    const job = await finished(await reindexDocument(collection.id, id));
    toast(job.failed ? job.items[0]?.error ?? "" : say("documents.reindexed", 1), { kind: job.failed ? "bad" : "good" });
    document.reload();
  };
  const remove = async () => {
    if (!await confirmed({ title: say("documents.sure-delete", one?.title), text: say("documents.sure-delete-text"), action: say("documents.delete"), isDangerous: true })) return;
    await deleteDocument(collection.id, id);
    toast(say("documents.deleted", 1));
    go(list);
  };
  const crumbs = html`<nav class="crumbs" aria-label=${say("documents.path")}><a href=${list}>${collection.name}</a><${Icon} name="right" /><h1 class="truncate"><bdi>${one?.title ?? "…"}</bdi></h1></nav>${one && html`<${StatusBadge} ...${one} />`}`;
  const actions = one && html`<${CopyAs} call=${() => ({ method: "GET", path: documentPath(collection.id, id) })} />
    <${Button} icon="download" onClick=${() => download(`${documentPath(collection.id, id)}/file`, one.name.split("/").pop() ?? one.name)}>${say("documents.download")}</${Button}>
    ${mayEdit && html`<${Button} icon="refresh" onClick=${reindex}>${say("documents.reindex")}</${Button}><${Button} icon="trash" label=${say("documents.delete")} onClick=${remove} />`}`;
  return html`<${Page} title=${one?.title ?? say("documents.title")} crumbs=${crumbs} actions=${actions}>
    <${Loaded} of=${document} rows=${10}>${(/** @type {Detail} */ found) => html`<${Content} collection=${collection.id} document=${found} />`}</${Loaded}></${Page}>`;
}

/** @param {{collection: string, document: Detail}} props */
function Content({ collection, document }) {
  const isPdf = document.media_type === "application/pdf" || /\.pdf$/i.test(document.name), { query } = place.value;
  const tabs = TABS.filter((one) => one !== "original" || isPdf), tab = tabs.find((one) => one === query.tab) ?? tabs[0];
  const start = Number(query.start ?? -1), end = Number(query.end ?? -1);
  const address = (/** @type {string} */ one) => addressOf(["documents", collection, "documents", document.id], { ...query, tab: one });
  return html`<${Tabs} label=${document.title} current=${tab} tabs=${tabs.map((one) => ({ id: one, title: say(`documents.view-${one}`), href: address(one), count: one === "chunks" ? document.chunks.length : undefined }))} />
    <${PageBody}>${document.error && html`<${Notice} kind="bad">${document.error}</${Notice}>`}
      ${tab === "original" && html`<${Original} collection=${collection} document=${document} start=${start} end=${end} page=${Number(query.page ?? 1)} />`}
      ${tab === "text" && html`<${Text} document=${document} start=${start} end=${end} />`}
      ${tab === "chunks" && html`<${Chunks} collection=${collection} document=${document} />`}
      ${tab === "entities" && html`<${Entities} collection=${collection} document=${document.id} />`}
      ${tab === "about" && html`<${About} document=${document} />`}</${PageBody}>`;
}

/** @param {{collection: string, document: Detail, start: number, end: number, page: number}} props */
function Original({ collection, document, start, end, page }) {
  const passages = useMemo(() => (start >= 0 && end > start ? [{ page, text: [...document.text].slice(start, end).join("") }] : []), [document, start, end, page]);
  const headers = useMemo(keyHeader, []);
  return html`<div class="card flush"><${PdfView} file=${`${documentPath(collection, document.id)}/file`} headers=${headers} page=${page} passages=${passages} label=${document.title} height=${Math.max(420, innerHeight - 190)} /></div>`;
}

/** The text with its structure, and the cited span marked. Spans count code points, as Python does. @param {{document: Detail, start: number, end: number}} props */
function Text({ document, start, end }) {
  const mark = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => mark.current?.scrollIntoView({ block: "center" }), [start, end]);
  if (!document.text) return html`<${State} icon="documents" title=${say("documents.no-text")} />`;
  const letters = Array.from(document.text), hasMark = start >= 0 && end > start;
  const parts = hasMark ? [letters.slice(0, start), letters.slice(start, end), letters.slice(end)].map((one) => one.join("")) : [document.text, "", ""];
  return html`<article class="card documents-text" dir="auto">${parts[0]}${hasMark && html`<mark ref=${mark}>${parts[1]}</mark>`}${parts[2]}</article>`;
}

/** @param {{collection: string, document: Detail}} props */
function Chunks({ collection, document }) {
  if (!document.chunks.length) return html`<${State} icon="documents" title=${say("documents.no-chunks")} />`;
  return html`<ol class="plain-list stack tight">${document.chunks.map((one, index) => html`<li key=${one.start} class="card documents-chunk"><div class="row wrap muted tiny"><span class="number">${say("documents.chunk", index + 1)}</span>
    ${one.page && html`<span>${say("documents.page", one.page)}</span>`}<span class="truncate">${one.heading.join(" › ")}</span><span class="grow"></span>
    <a href=${addressOf(["documents", collection, "documents", document.id], { tab: "text", start: one.start, end: one.end })}>${say("documents.show-in-text")}</a></div><p class="anywhere" dir="auto">${one.text}</p></li>`)}</ol>`;
}

/** @param {{collection: string, document: string}} props */
function Entities({ collection, document }) {
  const found = useResource((signal) => findEntities(collection, { document, limit: 200 }, signal), [collection, document]);
  return html`<${Loaded} of=${found}>${(/** @type {{entities: import("./api.js").Entity[]}} */ { entities }) => entities.length === 0
    ? html`<${State} icon="graph" title=${say("documents.no-entities")} />`
    : html`<div class="card flush"><table class="simple-table"><thead><tr><th>${say("documents.entity")}</th><th>${say("documents.kind")}</th><th>${say("documents.mentions")}</th></tr></thead><tbody>${entities.map((one) => html`
      <tr key=${one.id}><td><a href=${addressOf(["documents", collection, "graph"], { entity: one.id })}><bdi>${one.name}</bdi></a></td><td><${Badge}>${say(`documents.kind-${one.kind}`)}</${Badge}></td><td class="number">${number(one.mentions)}</td></tr>`)}</tbody></table></div>`}</${Loaded}>`;
}

/** @param {{document: Detail}} props */
function About({ document }) {
  const rows = [
    [say("documents.name"), document.name], [say("documents.column-type"), document.media_type], [say("documents.column-size"), size(document.bytes)],
    [say("documents.column-pages"), document.pages ? number(document.pages) : "–"], [say("documents.version"), number(document.version)],
    [say("documents.created"), dateTime(document.created_at)], [say("documents.column-updated"), dateTime(document.updated_at)],
    ...Object.entries(document.metadata),
  ];
  return html`<div class="card flush"><table class="simple-table"><tbody>${rows.map(([name, value]) => html`<tr key=${name}><th scope="row">${name}</th><td><bdi>${value}</bdi></td></tr>`)}</tbody></table></div>`;
}
