// @ts-check
// The search playground: one query in several modes side by side, with the parts of each score.

import { html, useState } from "../../vendor/preact.js";
import { get, post } from "../../api/http.js";
import { useResource } from "../../api/resource.js";
import { Badge, Button } from "../../components/button.js";
import { CopyAs } from "../../components/copy.js";
import { Check, Field } from "../../components/field.js";
import { duration, number } from "../../components/format.js";
import { Loaded, State } from "../../components/states.js";
import { addressOf, setQuery, useQuery } from "../../shell/router.js";
import { say } from "../../shell/words.js";

const MODES = ["hybrid", "lexical", "semantic", "graph"], NEED_EMBEDDER = ["hybrid", "semantic"], TOP_K = 8;
/** @typedef {import("./api.js").Hit} Hit */

/** @param {{collection: import("./api.js").Collection}} props */
export function SearchPlayground({ collection }) {
  const status = useResource((signal) => get("/v1/rag/status", {}, signal), []);
  return html`<${Loaded} of=${status}>${(/** @type {import("./api.js").Schemas["StatusView"]} */ found) => html`<${Playground} collection=${collection} hasEmbedder=${Boolean(found.embedder.serving)} />`}</${Loaded}>`;
}

/** @param {{collection: import("./api.js").Collection, hasEmbedder: boolean}} props */
function Playground({ collection, hasEmbedder }) {
  const [query] = useQuery("query"), [chosen, setChosen] = useQuery("modes", hasEmbedder ? "hybrid,lexical" : "lexical,graph"), [filter] = useQuery("filter");
  const [text, setText] = useState(query), [condition, setCondition] = useState(filter), [problem, setProblem] = useState("");
  const modes = MODES.filter((one) => chosen.split(",").includes(one));
  const toggle = (/** @type {string} */ mode, /** @type {boolean} */ isOn) => setChosen(MODES.filter((one) => (one === mode ? isOn : modes.includes(one))).join(","));
  const search = (/** @type {Event} */ event) => {
    event.preventDefault();
    try { if (condition.trim()) JSON.parse(condition); } catch { setProblem(say("documents.bad-filter")); return; }
    setProblem("");
    setQuery({ query: text.trim(), filter: condition.trim() });
  };
  return html`<form class="card stack tight" role="search" onSubmit=${search}><div class="inline-form"><input class="input" aria-label=${say("documents.query")} placeholder=${say("documents.query-hint")} maxlength="8000" required value=${text} onInput=${(/** @type {any} */ event) => setText(event.currentTarget.value)} />
      <${Button} type="submit" kind="primary" icon="search">${say("documents.search")}</${Button}></div>
    <div class="row wrap" role="group" aria-label=${say("documents.modes")}>${MODES.map((one) => html`<${Check} key=${one} label=${say(`documents.mode-${one}`)} checked=${modes.includes(one)} disabled=${!hasEmbedder && NEED_EMBEDDER.includes(one)} onChange=${(/** @type {boolean} */ isOn) => toggle(one, isOn)} />`)}${!hasEmbedder && html`<span class="muted tiny">${say("documents.no-embedder")}</span>`}</div>
    <details open=${Boolean(filter)}><summary class="small muted">${say("documents.filter")}</summary><${Field} label=${say("documents.filter")} rows=${2} value=${condition} onInput=${setCondition} problem=${problem} hint='{"lang": "en", "year": {"gte": 2024}}' /></details></form>
    ${query ? html`<div class="columns">${modes.map((mode) => html`<${Results} key=${mode} collection=${collection.id} mode=${mode} query=${query} filter=${filter} />`)}</div>`
      : html`<${State} icon="search" title=${say("documents.search-empty")} text=${say("documents.search-empty-text")} />`}`;
}

/** @param {{collection: string, mode: string, query: string, filter: string}} props */
function Results({ collection, mode, query, filter }) {
  const body = { query, collection, mode, top_k: TOP_K, ...(filter ? { filter: JSON.parse(filter) } : {}) };
  const found = useResource(async (signal) => {
    const begun = performance.now(), answer = await post("/v1/rag/search", body, signal);
    return { ...answer, seconds: (performance.now() - begun) / 1000 };
  }, [collection, mode, query, filter]);
  const title = say(`documents.mode-${mode}`);
  return html`<section class="stack tight" aria-label=${title}><div class="row"><h2>${title}</h2>${found.data && html`<span class="muted tiny">${say("documents.hits", found.data.hits.length)} · ${duration(found.data.seconds)}</span>`}<span class="grow"></span>
      <${CopyAs} size="small" call=${() => ({ method: "POST", path: "/v1/rag/search", body })} /></div>
    <${Loaded} of=${found} rows=${5}>${(/** @type {{hits: Hit[]}} */ { hits }) => (hits.length ? html`<ol class="plain-list stack tight">${hits.map((one) => html`<${HitCard} key=${one.chunk} hit=${one} />`)}</ol>` : html`<p class="muted small">${say("documents.no-hits")}</p>`)}</${Loaded}></section>`;
}

/** @param {{hit: Hit}} props */
function HitCard({ hit }) {
  const isPdf = /\.pdf$/i.test(hit.name) && hit.page;
  const href = addressOf(["documents", hit.collection ?? "", "documents", hit.document], { tab: isPdf ? "original" : "text", page: hit.page, start: hit.start, end: hit.end });
  return html`<li class="card documents-hit"><div class="row"><a class="strong truncate" href=${href}><bdi>${hit.title}</bdi></a><span class="grow"></span><span class="number small" title=${say("documents.score")}>${number(hit.score, { maximumSignificantDigits: 3 })}</span></div>
    <div class="muted tiny truncate">${[hit.page && say("documents.page", hit.page), hit.heading.join(" › ")].filter(Boolean).join(" · ")}</div><p class="anywhere small documents-excerpt" dir="auto">${hit.text}</p>
    <div class="row wrap">${Object.entries(hit.scores).map(([name, value]) => html`<${Badge} key=${name}>${name} ${number(value, { maximumSignificantDigits: 3 })}</${Badge}>`)}</div></li>`;
}
