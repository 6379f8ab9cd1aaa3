// @ts-check
// Documents: a collection's documents, search, graph and sources; one document. Addresses:
// /documents, /documents/<collection>[/search|/graph|/sources], /documents/<collection>/documents/<id>.

import { html, useEffect, useState } from "../../vendor/preact.js";
import { useResource } from "../../api/resource.js";
import { confirmed } from "../../components/dialog.js";
import { Select } from "../../components/field.js";
import { number } from "../../components/format.js";
import { Menu } from "../../components/menu.js";
import { AbsentState, ShareButton } from "../../components/share.js";
import { Loaded } from "../../components/states.js";
import { Tabs } from "../../components/tabs.js";
import { toast } from "../../components/toast.js";
import { provideCommands } from "../../shell/commands.js";
import { Page, PageBody } from "../../shell/page.js";
import { addressOf, go, place } from "../../shell/router.js";
import { say } from "../../shell/words.js";
import { deleteCollection, finished, listCollections, listDocuments, pathOf, reindexCollection } from "./api.js";
import { NewCollection } from "./new_collection.js";
import { DocumentView } from "./document.js";
import { DocumentTable } from "./document_table.js";
import { GraphExplorer } from "./graph_explorer.js";
import { SearchPlayground } from "./search.js";
import { Sources } from "./sources.js";

const TABS = /** @type {const} */ (["documents", "search", "graph", "sources"]);

/** @param {{segments: string[]}} props */
export default function Documents({ segments }) {
  const collections = useResource(listCollections, []);
  return html`<${Loaded} of=${collections}>${(/** @type {import("./api.js").Collection[]} */ all) => html`
    <${View} all=${all} segments=${segments} reload=${collections.reload} />`}</${Loaded}>`;
}

/** @param {{all: import("./api.js").Collection[], segments: string[], reload: () => void}} props */
function View({ all, segments, reload }) {
  const wanted = segments[0] ?? place.value.query.collection; // the query is that of former links
  const collection = wanted ? all.find((one) => one.id === wanted) ?? all.find((one) => one.name === wanted) : all.find((one) => one.name === "default") ?? all[0];
  const [isCreating, setCreating] = useState(false);
  useEffect(() => provideCommands({
    group: () => say("documents.title"),
    find: async (text, signal) => {
      const ways = all.filter((one) => one.name.includes(text)).slice(0, 4).map((one) => ({ id: one.id, title: one.name, icon: "folder", href: addressOf(["documents", one.id]) }));
      if (!text || !collection) return ways;
      const { documents } = await listDocuments(collection.id, { q: text, offset: 0, limit: 6, status: "", sort: "title" }, signal);
      return [...ways, ...documents.map((one) => ({ id: one.id, title: one.title, about: one.name, icon: "documents", href: addressOf(["documents", collection.id, "documents", one.id]) }))];
    },
  }), [all, collection?.id]);
  if (!collection) return html`<${Page} title=${say("documents.title")}><${AbsentState} title=${say("documents.absent")} path=${pathOf(wanted ?? "default")} home="/documents" /></${Page}>`;
  if (segments[1] === "documents" && segments[2]) return html`<${DocumentView} key=${segments[2]} collection=${collection} id=${segments[2]} />`;
  const tab = TABS.find((one) => one === segments[1]) ?? "documents", mayManage = collection.yours === "manage", mayEdit = mayManage || collection.yours === "edit";
  const address = (/** @type {string} */ one) => addressOf(["documents", collection.id, ...(one === "documents" ? [] : [one])]);
  const remove = async () => {
    if (!await confirmed({ title: say("documents.sure-collection", collection.name), text: say("documents.sure-collection-text", collection.documents), action: say("documents.delete"), isDangerous: true })) return;
    await deleteCollection(collection.id);
    toast(say("documents.collection-deleted", collection.name));
    go("/documents");
    reload();
  };
  const reindex = async () => {
    const job = await reindexCollection(collection.id);
    toast(say("documents.reindexing"), { kind: "" });
    const done = await finished(job);
    toast(say("documents.reindexed", done.done), { kind: done.failed ? "bad" : "good" });
  };
  const items = [
    { title: say("documents.new-collection"), icon: "plus", onClick: () => setCreating(true) },
    mayEdit && { title: say("documents.reindex-all"), icon: "refresh", onClick: reindex },
    mayManage && collection.name !== "default" && null,
    mayManage && collection.name !== "default" && { title: say("documents.delete-collection"), icon: "trash", isDangerous: true, onClick: remove },
  ];
  const thing = { name: collection.name, path: pathOf(collection.id), link: addressOf(["documents", collection.id]), about: say("documents.levels") };
  const choices = all.map((one) => ({ id: one.id, title: `${one.name} (${number(one.documents)})` }));
  return html`<${Page} title=${say("documents.title")} actions=${html`
      <${Select} id="collection" label=${say("documents.collection")} value=${collection.id} options=${choices} onChange=${(/** @type {string} */ id) => go(addressOf(["documents", id, ...(tab === "documents" ? [] : [tab])]))} />
      <${ShareButton} thing=${thing} /><${Menu} label=${say("documents.more")} items=${items} />`}>
    <${Tabs} label=${say("documents.title")} current=${tab} tabs=${TABS.map((one) => ({ id: one, title: say(`documents.tab-${one}`), href: address(one) }))} />
    ${tab === "documents" && html`<${PageBody} isFlush><${DocumentTable} key=${collection.id} collection=${collection} mayEdit=${mayEdit} onChanged=${reload} /></${PageBody}>`}
    ${tab === "search" && html`<${PageBody}><${SearchPlayground} collection=${collection} /></${PageBody}>`}
    ${tab === "graph" && html`<${PageBody} isFlush><${GraphExplorer} key=${collection.id} collection=${collection} mayEdit=${mayEdit} /></${PageBody}>`}
    ${tab === "sources" && html`<${PageBody}><${Sources} key=${collection.id} collection=${collection} mayEdit=${mayEdit} /></${PageBody}>`}
    ${isCreating && html`<${NewCollection} onClose=${() => setCreating(false)} onMade=${(/** @type {string} */ id) => { reload(); go(addressOf(["documents", id])); }} />`}
  </${Page}>`;
}
