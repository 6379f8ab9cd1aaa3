// @ts-check
// Folders and addresses that a collection follows.

import { html, useState } from "../../vendor/preact.js";
import { useResource } from "../../api/resource.js";
import { Badge, Button } from "../../components/button.js";
import { CopyAs } from "../../components/copy.js";
import { Dialog, Form, confirmed } from "../../components/dialog.js";
import { Field } from "../../components/field.js";
import { ago, dateTime, duration } from "../../components/format.js";
import { Icon } from "../../components/icon.js";
import { Loaded, State } from "../../components/states.js";
import { say } from "../../shell/words.js";
import { addSource, listSources, pathOf, removeSource } from "./api.js";

/** @param {{collection: import("./api.js").Collection, mayEdit: boolean}} props */
export function Sources({ collection, mayEdit }) {
  const sources = useResource((signal) => listSources(collection.id, signal), [collection.id]), [isAdding, setAdding] = useState(false);
  const stop = async (/** @type {{id: string, place: string}} */ one) => {
    if (!await confirmed({ title: say("documents.sure-stop", one.place), text: say("documents.sure-stop-text"), action: say("documents.stop-watching") })) return;
    await removeSource(collection.id, one.id);
    sources.reload();
  };
  const add = mayEdit && html`<${Button} kind="primary" icon="plus" onClick=${() => setAdding(true)}>${say("documents.add-source")}</${Button}>`;
  return html`<${Loaded} of=${sources}>${(/** @type {import("./api.js").Schemas["SourceView"][]} */ all) => (all.length === 0
    ? html`<${State} icon="link" title=${say("documents.no-sources")} text=${say("documents.no-sources-text")}>${add}</${State}>`
    : html`<div class="row"><h2>${say("documents.tab-sources")}</h2><span class="grow"></span><${CopyAs} call=${() => ({ method: "GET", path: `${pathOf(collection.id)}/sources` })} />${add}</div>
      <ul class="entries">${all.map((one) => html`<li key=${one.id}><${Icon} name=${one.kind === "folder" ? "folder" : "globe"} /><span class="subject"><bdi class="strong anywhere">${one.place}</bdi>
        <span class="muted tiny" title=${dateTime(one.looked_at)}>${say("documents.every", duration(one.every_seconds))} · ${one.looked_at ? say("documents.checked", ago(one.looked_at)) : say("documents.not-checked")}</span>${one.error && html`<span class="documents-reason">${one.error}</span>`}</span>
        <${Badge} kind=${one.error ? "bad" : one.looked_at ? "good" : "warn"}>${say(one.error ? "documents.source-failed" : "documents.source-good")}</${Badge}>
        ${mayEdit && html`<${Button} size="small" onClick=${() => stop(one)}>${say("documents.stop-watching")}</${Button}>`}</li>`)}</ul>`)}</${Loaded}>
    ${isAdding && html`<${NewSource} collection=${collection.id} onClose=${() => setAdding(false)} onMade=${sources.reload} />`}`;
}

/** @param {{collection: string, onClose: () => void, onMade: () => void}} props */
function NewSource({ collection, onClose, onMade }) {
  const [where, setWhere] = useState(""), [every, setEvery] = useState("300");
  const add = async () => {
    const text = where.trim();
    await addSource(collection, { ...(/^https?:\/\//i.test(text) ? { url: text } : { folder: text }), every_seconds: Number(every) });
    onClose();
    onMade();
  };
  const times = ["60", "300", "3600", "86400"].map((one) => ({ id: one, title: duration(Number(one)) }));
  return html`<${Dialog} title=${say("documents.add-source")} onClose=${onClose}><${Form} onSubmit=${add} submit=${say("documents.watch")} onCancel=${onClose}>
    <${Field} label=${say("documents.place")} hint=${say("documents.place-hint")} value=${where} onInput=${setWhere} required maxlength="1000" autofocus />
    <${Field} label=${say("documents.interval")} value=${every} onInput=${setEvery} options=${times} /></${Form}></${Dialog}>`;
}
