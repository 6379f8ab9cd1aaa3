// @ts-check
// One entity beside the graph: relations, passages that mention it, the path to another one, corrections.

import { html, useState } from "../../vendor/preact.js";
import { useResource } from "../../api/resource.js";
import { Badge, Button } from "../../components/button.js";
import { confirmed } from "../../components/dialog.js";
import { Field } from "../../components/field.js";
import { number } from "../../components/format.js";
import { Loaded } from "../../components/states.js";
import { failed, toast } from "../../components/toast.js";
import { addressOf, setQuery } from "../../shell/router.js";
import { say } from "../../shell/words.js";
import { findEntities, hideEntity, mergeEntity, renameEntity, showEntity, undoEdit } from "./api.js";

const RELATIONS_SHOWN = 20, EVIDENCE_SHOWN = 6;
/** @typedef {import("./api.js").Schemas["EntityDetail"]} Detail */

/** @param {{collection: string, id: string, mayEdit: boolean, onExpand: () => Promise<void>, onChanged: () => void}} props */
export function EntityPanel({ collection, id, mayEdit, onExpand, onChanged }) {
  const entity = useResource((signal) => showEntity(collection, id, signal), [collection, id]);
  return html`<${Button} kind="ghost" size="small" icon="left" onClick=${() => setQuery({ entity: null, to: null })}>${say("documents.topics")}</${Button}>
    <${Loaded} of=${entity} rows=${6}>${(/** @type {Detail} */ one) => html`<${Panel} collection=${collection} entity=${one} mayEdit=${mayEdit} onExpand=${onExpand} onChanged=${() => { entity.reload(); onChanged(); }} onGone=${() => { setQuery({ entity: null, to: null }); onChanged(); }} />`}</${Loaded}>`;
}

/** @param {{collection: string, entity: Detail, mayEdit: boolean, onExpand: () => Promise<void>, onChanged: () => void, onGone: () => void}} props */
function Panel({ collection, entity, mayEdit, onExpand, onChanged, onGone }) {
  const names = new Map(entity.neighbours.map((one) => [one.id, one.name]));
  const place = (/** @type {any} */ one) => addressOf(["documents", collection, "documents", one.document], { tab: "text", start: one.start, end: one.end });
  return html`<div><h2 class="anywhere"><bdi>${entity.name}</bdi></h2><div class="row wrap"><${Badge} kind="accent">${say(`documents.kind-${entity.kind}`)}</${Badge}><span class="muted tiny">${say("documents.mentioned", number(entity.mentions))}</span></div>
      ${entity.aliases.length > 0 && html`<p class="muted small anywhere">${entity.aliases.join(" · ")}</p>`}</div>
    <${Button} icon="graph" onClick=${onExpand}>${say("documents.expand")}</${Button}><${PathForm} collection=${collection} from=${entity.id} />
    <h3>${say("documents.relations")}</h3><ul class="plain-list">${entity.relations.slice(0, RELATIONS_SHOWN).map((one) => {
      const other = one.source === entity.id ? one.target : one.source;
      return html`<li key=${`${one.source}${one.target}`}><button type="button" class="menu-item" onClick=${() => setQuery({ entity: other, to: null })}><span class="muted tiny truncate">${one.phrases[0] ?? say("documents.together")}</span><bdi class="truncate">${names.get(other)}</bdi></button></li>`;
    })}</ul>
    <h3>${say("documents.evidence")}</h3><ul class="plain-list stack tight">${entity.evidence.slice(0, EVIDENCE_SHOWN).map((one) => html`<li key=${one.document + one.start} class="small"><a href=${place(one)}><bdi>${one.title}</bdi></a><p class="muted documents-excerpt anywhere" dir="auto">${one.text}</p></li>`)}</ul>
    ${mayEdit && html`<${Corrections} collection=${collection} entity=${entity} onChanged=${onChanged} onGone=${onGone} />`}`;
}

/** @param {{collection: string, from: string}} props */
function PathForm({ collection, from }) {
  const [name, setName] = useState("");
  const find = async () => setQuery({ entity: from, to: await idOf(collection, name) });
  return html`<form class="inline-form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); find().catch(failed); }}><input class="input" aria-label=${say("documents.path-to")} placeholder=${say("documents.path-to")} required maxlength="100" value=${name} onInput=${(/** @type {any} */ event) => setName(event.currentTarget.value)} />
    <${Button} type="submit" icon="path">${say("documents.find-path")}</${Button}></form>`;
}

/** The id of the entity of a name. @param {string} collection @param {string} name */
async function idOf(collection, name) {
  const bare = name.trim().toLocaleLowerCase(), { entities } = await findEntities(collection, { q: name.trim(), limit: 20 });
  const found = entities.find((one) => one.name.toLocaleLowerCase() === bare) ?? entities[0];
  if (!found) throw new Error(say("documents.no-entity", name.trim()));
  return found.id;
}

/** @param {{collection: string, entity: Detail, onChanged: () => void, onGone: () => void}} props */
function Corrections({ collection, entity, onChanged, onGone }) {
  const [name, setName] = useState(entity.name), [into, setInto] = useState("");
  const undo = { title: say("documents.undo"), run: () => { undoEdit(collection, entity.id).then(onChanged, failed); } };
  const rename = async () => { await renameEntity(collection, entity.id, name.trim()); toast(say("documents.renamed"), { action: undo }); onChanged(); };
  const merge = async () => {
    const other = await idOf(collection, into);
    await mergeEntity(collection, entity.id, other);
    toast(say("documents.merged", into.trim()), { action: undo });
    onGone();
  };
  const hide = async () => {
    if (!await confirmed({ title: say("documents.sure-hide", entity.name), text: say("documents.sure-hide-text"), action: say("documents.hide") })) return;
    await hideEntity(collection, entity.id);
    toast(say("documents.hidden", entity.name), { action: undo });
    onGone();
  };
  return html`<details><summary class="strong small">${say("documents.corrections")}</summary><div class="stack tight">
    <${Field} label=${say("documents.name")} value=${name} onInput=${setName} maxlength="100" /><${Button} disabled=${!name.trim() || name === entity.name} onClick=${rename}>${say("documents.rename")}</${Button}>
    <${Field} label=${say("documents.merge-into")} value=${into} onInput=${setInto} maxlength="100" /><${Button} disabled=${!into.trim()} onClick=${merge}>${say("documents.merge")}</${Button}><${Button} onClick=${hide}>${say("documents.hide")}</${Button}></div></details>`;
}
