// The documents page: search in every mode, the list of documents with its actions, the knowledge graph.

import { caller } from "./caller.js";
import { act, begin, byId, call, element, linked, posted, say, translate, trouble } from "./shared.js";
import { showNotice } from "./notices.js";
import { beginReading, open, placeOf } from "./reader.js";
import { Entities } from "./entities.js";
import { mayShare, shareButton, showAbsent } from "./sharing.js";
import { Sources } from "./sources.js";
import { WORDS } from "./library_words.js";

const place = { collection: linked("collection") || "default" };
const base = () => `/v1/rag/collections/${encodeURIComponent(place.collection)}`;
const entities = new Entities(place, act);
const sources = new Sources(place, act);

async function search(query) {
  try {
    const answer = await call("/v1/rag/search", posted({ query, collection: place.collection, top_k: 10, mode: byId("mode").value }));
    showHits(answer.hits, answer.hits.length ? say("found")(answer.hits.length, answer.mode) : say("none"), query);
  } catch (error) {
    byId("hits").replaceChildren(trouble(error));
  }
}

// Searches again with the result of an earlier search; the service remembers both.
async function learn(query, result) {
  const answer = await call("/v1/rag/experience", posted({ query, execution_result: result, collection: place.collection }));
  showHits(answer.hits, say("learnt")(answer.query), query);
}

function showHits(hits, lead, query) {
  const came = element("input", { type: "text", maxLength: 100000, required: true, placeholder: say("came"), ariaLabel: say("came") });
  byId("hits").replaceChildren(
    element("p", { className: "muted", textContent: lead }),
    ...hits.map((hit) => element("div", { className: "card hit" },
      element("button", { type: "button", className: "quiet", textContent: hit.title, onclick: () => open(hit, place.collection) }),
      element("p", { textContent: hit.text.length > 400 ? `${hit.text.slice(0, 400)}…` : hit.text }),
      element("p", { className: "muted", textContent: [placeOf(hit), ...Object.entries(hit.scores).map(([name, score]) => `${name} ${score}`)].filter(Boolean).join(" · ") }))),
    ...(hits.length ? [element("form", { className: "small hit changes", onsubmit: (event) => { event.preventDefault(); act(() => learn(query, came.value)); } },
      came, element("button", { type: "submit", className: "quiet", textContent: say("learn") }))] : []));
}

async function followed(job) {
  while (job.state !== "done") {
    await new Promise((later) => setTimeout(later, 300));
    job = await call(`/v1/rag/jobs/${job.id}`);
  }
  const failed = job.items.filter((item) => item.state === "failed");
  byId("job").replaceChildren(...failed.map((item) => trouble({ message: `${item.name}: ${item.error}` })));
  await Promise.all([showDocuments(), entities.show()]);
}

async function showDocuments() {
  const listed = await call(`${base()}/documents?limit=500`);
  byId("count").textContent = say("count")(listed.total);
  const button = (word, onclick, kind = "quiet changes") => element("button", { type: "button", className: kind, textContent: say(word), onclick });
  byId("documents").replaceChildren(...listed.documents.map((one) => element("tr", {},
    element("td", { title: one.name }, element("strong", { textContent: one.title }), element("div", { className: "muted", textContent: one.title === one.name ? "" : one.name })),
    element("td", { textContent: one.pages ?? "" }),
    element("td", {}, element("span", { className: "pill", status: one.status, title: one.error, textContent: say(one.status) })),
    element("td", { className: "actions" },
      button("read", () => act(() => open({ document: one.id, title: one.title, name: one.name, heading: [], start: 0, end: 0 }, place.collection)), "quiet"),
      button("again", () => act(async () => followed(await call(`${base()}/documents/${one.id}/reindex`, { method: "POST" })))),
      button("remove", () => confirm(say("sure")(one.title)) && act(async () => {
        await call(`${base()}/documents/${one.id}`, { method: "DELETE" });
        await Promise.all([showDocuments(), entities.show()]);
      }))))));
  if (!listed.documents.length) byId("documents").replaceChildren(element("tr", {}, element("td", { className: "muted", textContent: say("empty") })));
}

async function showState() {
  try {
    const state = await call("/v1/rag/status");
    const busy = state.waiting > 0, embedding = state.embedder.coming !== null;
    byId("state").dataset.status = busy || embedding ? "pending" : "ready";
    byId("state").textContent = busy ? say("working")(state.waiting) : say(embedding ? "embedding" : "quiet");
  } catch {
    byId("state").dataset.status = "failed";
  }
}

async function showCollections() {
  const all = await call("/v1/rag/collections"), key = (one) => one.id ?? one.name;
  const me = await caller(), isLinked = linked("collection") === place.collection;
  const shown = all.find((one) => key(one) === place.collection) ?? all.find((one) => one.name === place.collection) ?? (isLinked ? undefined : all[0]);
  if (!shown && isLinked) return showAbsent("collection", base());
  if (!shown && me.role === "guest") return showNotice(say("none-shared"));
  if (shown) place.collection = key(shown);
  document.querySelector("main").classList.toggle("read-only", shown?.yours === "view" || shown?.yours === "use");
  byId("collection").replaceChildren(...all.map((one) => element("option", { value: key(one), selected: one === shown, textContent: `${one.name} (${one.documents})` })));
  const thing = () => ({ kind: "collection", path: base(), name: shown.name, link: `/console/library?collection=${encodeURIComponent(key(shown))}` });
  byId("new-collection-open").hidden = !me.identity || me.role === "guest";
  byId("share").replaceChildren(...(await mayShare(shown) ? [shareButton(thing)] : []));
}

async function refresh() {
  translate();
  await act(showCollections);
  if (document.querySelector("main.absent")) return;
  await Promise.allSettled([showDocuments(), sources.show(), entities.show(), showState()]);
}

byId("search-form").onsubmit = (event) => { event.preventDefault(); search(byId("query").value.trim()); };
byId("collection").onchange = (event) => { place.collection = event.target.value; byId("entity").hidden = true; refresh(); };
byId("files").onchange = (event) => {
  const body = new FormData();
  for (const file of event.target.files) body.append("files", file);
  event.target.value = "";
  act(async () => followed(await call(`${base()}/documents`, { method: "POST", body })));
};
byId("new-collection-open").onclick = () => {
  const form = byId("new-collection");
  form.hidden = !form.hidden;
  byId("new-collection-open").ariaExpanded = String(!form.hidden);
  if (!form.hidden) form.elements.name.focus();
};
byId("new-collection").onsubmit = (event) => {
  event.preventDefault();
  act(async () => {
    const made = await call("/v1/rag/collections", posted({ name: event.target.elements.name.value.trim() }));
    event.target.reset();
    byId("new-collection-open").onclick();
    place.collection = made.id ?? made.name;
    await refresh();
    byId("collection").focus();
  });
};
beginReading();
await begin(WORDS, refresh);
setInterval(showState, 3000);
