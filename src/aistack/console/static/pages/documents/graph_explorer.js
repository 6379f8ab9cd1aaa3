// @ts-check
// The knowledge graph: search, expand, the path between two entities, topics, corrections that can be undone.

import { html, useEffect, useMemo, useState } from "../../vendor/preact.js";
import { download } from "../../api/http.js";
import { useResource } from "../../api/resource.js";
import { CopyAs } from "../../components/copy.js";
import { SearchField } from "../../components/field.js";
import { number } from "../../components/format.js";
import { GraphView } from "../../components/graph_view.js";
import { Menu } from "../../components/menu.js";
import { Loaded, State } from "../../components/states.js";
import { setQuery, useQuery } from "../../shell/router.js";
import { say } from "../../shell/words.js";
import { findEntities, neighbours, pathBetween, showGraph } from "./api.js";
import { EntityPanel } from "./entity_panel.js";
import { Topics } from "./topics.js";

const SHOWN = 300, FOUND = 8, FORMATS = ["graphml", "jsonld", "csv"];
/** @typedef {{entities: import("./api.js").Entity[], relations: import("./api.js").Relation[]}} Graph */

/** @param {{collection: import("./api.js").Collection, mayEdit: boolean}} props */
export function GraphExplorer({ collection, mayEdit }) {
  const graph = useResource((signal) => showGraph(collection.id, SHOWN, signal), [collection.id]);
  return html`<${Loaded} of=${graph} rows=${10}>${(/** @type {Graph} */ found) => (found.entities.length === 0
    ? html`<${State} icon="graph" title=${say("documents.no-graph")} text=${say("documents.no-graph-text")} />`
    : html`<${Explorer} collection=${collection.id} mayEdit=${mayEdit} first=${found} reload=${graph.reload} />`)}</${Loaded}>`;
}

/** @param {{collection: string, mayEdit: boolean, first: Graph, reload: () => void}} props */
function Explorer({ collection, mayEdit, first, reload }) {
  const [entity] = useQuery("entity"), [to] = useQuery("to"), [text, setText] = useState(""), [added, setAdded] = useState(/** @type {Graph} */ ({ entities: [], relations: [] }));
  const found = useResource(async (signal) => (text.trim() ? (await findEntities(collection, { q: text.trim(), limit: FOUND }, signal)).entities : []), [collection, text.trim()]);
  const path = useResource(async () => (entity && to ? pathBetween(collection, entity, to) : null), [collection, entity, to]);
  const choose = (/** @type {string | undefined} */ id) => setQuery({ entity: id ?? null, to: null });
  const expand = async (/** @type {string} */ id) => {
    const near = await neighbours(collection, id);
    setAdded((before) => ({ entities: [...before.entities, ...near.entities], relations: [...before.relations, ...near.relations] }));
  };
  const isKnown = useMemo(() => new Set([...first.entities, ...added.entities].map((one) => one.id)), [first, added]);
  useEffect(() => { if (entity && !isKnown.has(entity)) expand(entity).catch(() => {}); }, [entity]);
  const { nodes, edges } = useMemo(() => drawn([first, added, path.data ?? { entities: [], relations: [] }]), [first, added, path.data]);
  const onPath = path.data?.entities.map((/** @type {{id: string}} */ one) => one.id);
  return html`<div class="documents-graph"><div class="documents-bar">
      <div class="documents-find"><${SearchField} label=${say("documents.find-entity")} value=${text} onInput=${setText} />
        ${text.trim() && found.data && html`<ul class="options">${found.data.map((one) => html`<li key=${one.id}><button type="button" class="menu-item" onClick=${() => { choose(one.id); setText(""); }}><bdi class="truncate">${one.name}</bdi><span class="muted tiny end">${say(`documents.kind-${one.kind}`)}</span></button></li>`)}${found.data.length === 0 && html`<li class="muted">${say("documents.none-found-entity")}</li>`}</ul>`}</div>
      <span class="muted small">${say("documents.graph-size", number(nodes.length), number(edges.length))}</span><span class="grow"></span>
      <${CopyAs} call=${() => ({ method: "GET", path: "/v1/rag/graph", query: { collection, limit: SHOWN } })} />
      <${Menu} label=${say("documents.export")} icon="download" kind="" items=${FORMATS.map((format) => ({ title: format, onClick: () => download("/v1/rag/graph/export", `graph.${format === "jsonld" ? "json" : format}`, { query: { collection, format } }) }))}>${say("documents.export")}</${Menu}></div>
    <div class="documents-graph-body"><div class="documents-drawing"><${GraphView} nodes=${nodes} edges=${edges} selected=${entity || undefined} path=${onPath} onSelect=${choose} onOpen=${expand} label=${say("documents.tab-graph")} height=${Math.max(380, innerHeight - 210)} />
        ${path.error && html`<p class="notice warn" role="alert">${path.error.message}</p>`}</div>
      <aside class="documents-panel" aria-label=${say("documents.details")}>${entity ? html`<${EntityPanel} key=${entity} collection=${collection} id=${entity} mayEdit=${mayEdit} onExpand=${() => expand(entity)} onChanged=${reload} />`
        : html`<${Topics} collection=${collection} mayEdit=${mayEdit} onChoose=${choose} onChanged=${reload} />`}</aside></div></div>`;
}

/** Nodes and edges of several parts of the graph, each once. @param {Graph[]} parts */
function drawn(parts) {
  const entities = new Map(parts.flatMap((part) => part.entities).map((one) => [one.id, one]));
  const relations = new Map(parts.flatMap((part) => part.relations).map((one) => [`${one.source} ${one.target}`, one]));
  const most = Math.max(1, ...[...entities.values()].map((one) => one.centrality));
  return {
    nodes: [...entities.values()].map((one) => ({ id: one.id, label: one.name, kind: one.kind, weight: one.centrality / most })),
    edges: [...relations.values()].filter((one) => entities.has(one.source) && entities.has(one.target)).map((one) => ({ source: one.source, target: one.target, label: one.phrases[0] })),
  };
}
