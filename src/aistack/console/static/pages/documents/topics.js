// @ts-check
// Beside the graph while no entity is chosen: its topics, and the corrections that were made.

import { html } from "../../vendor/preact.js";
import { useResource } from "../../api/resource.js";
import { Button } from "../../components/button.js";
import { Loaded } from "../../components/states.js";
import { say } from "../../shell/words.js";
import { listCommunities, listEdits, undoEdit } from "./api.js";

/** @param {{collection: string, mayEdit: boolean, onChoose: (id: string) => void, onChanged: () => void}} props */
export function Topics({ collection, mayEdit, onChoose, onChanged }) {
  const topics = useResource((signal) => listCommunities(collection, signal), [collection]);
  const edits = useResource((signal) => listEdits(collection, signal), [collection]);
  const undo = async (/** @type {string} */ id) => { await undoEdit(collection, id); edits.reload(); onChanged(); };
  return html`<h2>${say("documents.topics")}</h2><p class="muted small">${say("documents.topics-lead")}</p>
    <${Loaded} of=${topics} rows=${6}>${(/** @type {import("./api.js").Schemas["CommunityView"][]} */ all) => html`<ul class="plain-list stack tight">${all.map((one) => html`<li key=${one.id} class="documents-topic"><button type="button" class="menu-item" onClick=${() => onChoose(one.entities[0].id)}><bdi class="truncate strong">${one.title}</bdi><span class="badge end">${one.size}</span></button>
      ${one.summary[0] && html`<p class="muted tiny documents-excerpt" dir="auto">${one.summary[0].text}</p>`}</li>`)}</ul>`}</${Loaded}>
    ${edits.data && edits.data.length > 0 && html`<h3>${say("documents.edits")}</h3><ul class="entries" aria-label=${say("documents.edits")}>${edits.data.map((one) => html`<li key=${one.id}><span class="grow anywhere">${say(`documents.edit-${one.kind}`, one.key, one.value)}</span>
      ${mayEdit && html`<${Button} size="small" icon="undo" onClick=${() => undo(one.id)}>${say("documents.undo")}</${Button}>`}</li>`)}</ul>`}`;
}
