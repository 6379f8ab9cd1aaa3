// The documents page: search in every mode, the documents with what can be done to them, the knowledge graph.

import { begin, byId, call, element, say, translate } from "./shared.js";
import { beginReading, open, placeOf } from "./reader.js";
import { Drawing } from "./graph.js";

const DRAWN_MAX = 600;
const WORDS = {
  en: {
    ask: "Ask", operate: "Operate", documents: "Documents", add: "Add files", search: "Search", query: "Words, or a question",
    list: "All documents", title: "Title", pages: "Pages", status: "Status", graph: "Knowledge graph", find: "Find an entity", export: "GraphML",
    close: "Close", "key-title": "This stack needs a key", "key-lead": "It stays in this tab only.", "key-enter": "Continue",
    read: "Read", again: "Read anew", remove: "Delete", sure: (name) => `Delete ${name}?`, ready: "ready", pending: "waiting", failed: "failed",
    none: "Nothing was found.", empty: "No documents yet.", count: (n) => `${n}`, found: (n, mode) => `${n} by ${mode}`,
    size: (n, m) => `${n} entities, ${m} drawn`, named: (n) => (n === 1 ? "named in 1 place" : `named in ${n} places`), quiet: "up to date",
    working: (n) => `${n} files waiting`, embedding: "new vectors are being made",
  },
  zh: {
    ask: "提问", operate: "运维", documents: "文档", add: "添加文件", search: "搜索", query: "关键词或问题",
    list: "全部文档", title: "标题", pages: "页数", status: "状态", graph: "知识图谱", find: "查找实体", export: "GraphML",
    close: "关闭", "key-title": "此系统需要密钥", "key-lead": "密钥只保存在当前标签页。", "key-enter": "继续",
    read: "阅读", again: "重新读取", remove: "删除", sure: (name) => `删除 ${name}？`, ready: "可用", pending: "等待中", failed: "失败",
    none: "没有找到。", empty: "还没有文档。", count: (n) => `${n}`, found: (n, mode) => `${n} 条（${mode}）`,
    size: (n, m) => `${n} 个实体，画出 ${m} 个`, named: (n) => `出现在 ${n} 处`, quiet: "已是最新",
    working: (n) => `${n} 个文件等待处理`, embedding: "正在生成新向量",
  },
};

let collection = "default";
const base = () => `/v1/rag/collections/${collection}`;
const trouble = (error) => element("p", { className: "trouble", textContent: error.message });
const drawing = new Drawing(byId("canvas"), (node) => showEntity(node.id));

async function search(query) {
  try {
    const answer = await call("/v1/rag/search", {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, collection, top_k: 10, mode: byId("mode").value }),
    });
    byId("hits").replaceChildren(
      element("p", { className: "muted", textContent: answer.hits.length ? say("found")(answer.hits.length, answer.mode) : say("none") }),
      ...answer.hits.map((hit) => element("div", { className: "card hit" },
        element("button", { type: "button", className: "quiet", textContent: hit.title, onclick: () => open(hit, collection) }),
        element("p", { textContent: hit.text.length > 400 ? `${hit.text.slice(0, 400)}…` : hit.text }),
        element("p", { className: "muted", textContent: [placeOf(hit), ...Object.entries(hit.scores).map(([name, score]) => `${name} ${score}`)].filter(Boolean).join(" · ") }))));
  } catch (error) {
    byId("hits").replaceChildren(trouble(error));
  }
}

async function followed(job) {
  while (job.state !== "done") {
    await new Promise((later) => setTimeout(later, 300));
    job = await call(`/v1/rag/jobs/${job.id}`);
  }
  const failed = job.items.filter((item) => item.state === "failed");
  byId("job").replaceChildren(...failed.map((item) => trouble({ message: `${item.name}: ${item.error}` })));
  await Promise.all([showDocuments(), showGraph()]);
}

async function act(what) {
  try { await what(); } catch (error) { byId("job").replaceChildren(trouble(error)); }
}

async function showDocuments() {
  const listed = await call(`${base()}/documents?limit=500`);
  byId("count").textContent = say("count")(listed.total);
  const button = (word, onclick) => element("button", { type: "button", className: "quiet", textContent: say(word), onclick });
  byId("documents").replaceChildren(...listed.documents.map((one) => element("tr", {},
    element("td", { title: one.name }, element("strong", { textContent: one.title }), element("div", { className: "muted", textContent: one.title === one.name ? "" : one.name })),
    element("td", { textContent: one.pages ?? "" }),
    element("td", {}, element("span", { className: "pill", status: one.status, title: one.error, textContent: say(one.status) })),
    element("td", { className: "actions" },
      button("read", () => act(() => open({ document: one.id, title: one.title, name: one.name, heading: [], start: 0, end: 0 }, collection))),
      button("again", () => act(async () => followed(await call(`${base()}/documents/${one.id}/reindex`, { method: "POST" })))),
      button("remove", () => confirm(say("sure")(one.title)) && act(async () => {
        await call(`${base()}/documents/${one.id}`, { method: "DELETE" });
        await Promise.all([showDocuments(), showGraph()]);
      }))))));
  if (!listed.documents.length) byId("documents").replaceChildren(element("tr", {}, element("td", { className: "muted", textContent: say("empty") })));
}

async function showGraph() {
  const [graph, listed] = await Promise.all([
    call(`/v1/rag/graph?collection=${collection}&limit=${DRAWN_MAX}`), call(`/v1/rag/graph/entities?collection=${collection}&limit=1`),
  ]);
  byId("size").textContent = say("size")(listed.total, graph.entities.length);
  byId("export").href = `/v1/rag/graph/export?collection=${collection}`;
  drawing.show(graph);
}

async function showEntity(id) {
  const one = await call(`/v1/rag/graph/entities/${id}?collection=${collection}`);
  const names = Object.fromEntries([one, ...one.neighbours].map((near) => [near.id, near.name]));
  const near = one.relations.map((relation) => {
    const other = relation.source === id ? relation.target : relation.source;
    const phrase = relation.phrases[0] ?? "–";
    const said = relation.source === id ? `${phrase} → ` : `← ${phrase} `;
    return element("li", {}, element("span", { className: "muted", textContent: said }),
      element("button", { type: "button", className: "quiet", textContent: names[other], onclick: () => choose(other) }));
  });
  byId("entity").replaceChildren(
    element("h3", { textContent: one.name }),
    element("p", { className: "muted", textContent: [one.kind, ...one.aliases, say("named")(one.chunks)].join(" · ") }),
    element("ul", { className: "plain" }, ...near.slice(0, 30)),
    ...one.evidence.slice(0, 5).map((place) => element("button", { type: "button", className: "evidence", textContent: `${place.title}: ${place.text.slice(0, 140)}…`, onclick: () => open(place, collection) })),
  );
  byId("entity").hidden = false;
}

async function choose(id) {
  if (!drawing.choose(id)) {
    drawing.show(await call(`/v1/rag/graph/entities/${id}/neighbours?collection=${collection}&depth=2&limit=${DRAWN_MAX}`));
    drawing.choose(id);
  }
  await showEntity(id);
}

async function find(text) {
  const found = await call(`/v1/rag/graph/entities?collection=${collection}&limit=1&q=${encodeURIComponent(text)}`);
  if (found.entities.length) await choose(found.entities[0].id);
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
  const all = await call("/v1/rag/collections");
  byId("collection").replaceChildren(...all.map((one) => element("option", { value: one.name, selected: one.name === collection, textContent: `${one.name} (${one.documents})` })));
}

async function refresh() {
  translate();
  await Promise.allSettled([showCollections(), showDocuments(), showGraph(), showState()]);
}

byId("search-form").onsubmit = (event) => { event.preventDefault(); search(byId("query").value.trim()); };
byId("find-form").onsubmit = (event) => { event.preventDefault(); act(() => find(byId("find").value.trim())); };
byId("collection").onchange = (event) => { collection = event.target.value; byId("entity").hidden = true; refresh(); };
byId("files").onchange = (event) => {
  const body = new FormData();
  for (const file of event.target.files) body.append("files", file);
  event.target.value = "";
  act(async () => followed(await call(`${base()}/documents`, { method: "POST", body })));
};
beginReading();
await begin(WORDS, refresh);
setInterval(showState, 3000);
