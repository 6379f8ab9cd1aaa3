// The home page: ask your documents, upload files, see the services. Uses only the public API.

import { caller } from "./caller.js";
import { begin, byId, call, element, posted, say, translate, trouble } from "./shared.js";
import { beginReading, open, placeOf } from "./reader.js";

const WORDS = {
  en: {
    "ask-title": "Ask your documents", question: "Ask a question", services: "Services", documents: "Documents",
    "ask-lead": "Every answer cites the document, the page or heading, and the exact passage.",
    add: "Upload files", close: "Close",
    thinking: "Searching …", empty: "No documents yet. Upload files to ask about them.",
    healthy: "healthy", degraded: "degraded", unhealthy: "unhealthy", unknown: "unreachable", ready: "ready",
    pending: "pending", failed: "failed", extractive: "extractive: quoted from the documents", generated: "generated: written by a model, checked against the documents", none: "not in the documents",
    working: (done, total) => `Processing ${done} of ${total} …`, count: (n) => (n === 1 ? "1 document" : `${n} documents`),
    instances: (n) => (n === 1 ? "1 instance" : `${n} instances`), unreached: "The gateway is not responding.",
    "documents-api": "Documents API",
    titles: {},
    summaries: { gateway: "Entry point: registry, routing, health checks, console", rag: "Document search and answers with citations", connection: "Database connections and their schemas", query: "Safe SQL on the connected databases", ai: "Plain-language questions about the connected databases" },
    examples: ["How long does a lease last?", "How do I put my own service behind the gateway?", "What shall not be infringed?"],
  },
  zh: {
    "ask-title": "向你的文档提问", question: "输入问题", services: "服务", documents: "文档",
    "ask-lead": "每个回答都附带引用，注明文档、页码或标题，以及原文片段。",
    add: "上传文件", close: "关闭",
    thinking: "正在搜索……", empty: "还没有文档，上传文件后即可提问。",
    healthy: "正常", degraded: "部分异常", unhealthy: "异常", unknown: "无法连接", ready: "就绪",
    pending: "等待处理", failed: "失败", extractive: "摘录：引自文档原文", generated: "生成：由模型撰写，已与文档核对", none: "文档中没有答案",
    working: (done, total) => `正在处理 ${done} / ${total}……`, count: (n) => `${n} 个文档`,
    instances: (n) => `${n} 个实例`, unreached: "网关没有响应。",
    "documents-api": "文档 API",
    titles: { gateway: "网关", rag: "文档", connection: "数据库连接", query: "查询", ai: "数据问答" },
    summaries: { gateway: "统一入口：服务注册、路由、健康检查、控制台", rag: "文档搜索与带引用的回答", connection: "数据库连接及其表结构", query: "在已连接的数据库上安全地运行 SQL", ai: "用自然语言查询已连接的数据库" },
    examples: ["知彼知己会怎么样？", "上兵伐谋是什么意思？", "有朋自远方来，不亦什么？"],
  },
};

async function ask(question) {
  byId("question").value = question;
  const button = byId("ask-form").querySelector("button");
  button.disabled = true;
  byId("answer").replaceChildren(element("p", { className: "muted", textContent: say("thinking") }));
  try {
    const answer = await call("/v1/rag/answer", posted({ question }));
    byId("answer").replaceChildren(shown(answer));
  } catch (error) {
    byId("answer").replaceChildren(trouble(error));
  } finally {
    button.disabled = false;
  }
}

function shown(answer) {
  const said = element("p", { className: "said" });
  if (!answer.sentences.length) said.textContent = answer.answer;
  for (const sentence of answer.sentences) {
    said.append(sentence.text, ...sentence.citations.map((number) => {
      const citation = answer.citations[number - 1];
      return element("button", { className: "number", type: "button", textContent: number, onclick: () => open(citation) });
    }), " ");
  }
  const sources = answer.citations.map((citation) => element("li", {}, element("button", { type: "button", onclick: () => open(citation) },
    element("strong", { textContent: `${citation.number}. ${citation.title}` }), element("span", { className: "muted", textContent: ` ${placeOf(citation)}` }))));
  return element("div", { className: "card" }, said,
    ...(sources.length ? [element("ol", { className: "sources" }, ...sources)] : []),
    element("p", { className: "row made" }, element("span", { className: "pill", status: answer.mode, textContent: say(answer.mode) })));
}

async function upload(files) {
  const body = new FormData();
  for (const file of files) body.append("files", file);
  try {
    let job = await call("/v1/rag/collections/default/documents", { method: "POST", body });
    while (job.state !== "done") {
      byId("job").replaceChildren(element("p", { className: "muted", textContent: say("working")(job.done + job.failed + job.duplicate, job.total) }));
      await new Promise((later) => setTimeout(later, 300));
      job = await call(`/v1/rag/jobs/${job.id}`);
    }
    const failed = job.items.filter((item) => item.state === "failed");
    byId("job").replaceChildren(...failed.map((item) => trouble({ message: `${item.name}: ${item.error}` })));
  } catch (error) {
    byId("job").replaceChildren(trouble(error));
  }
  await showDocuments();
}

async function showDocuments() {
  const listed = await call("/v1/rag/collections/default/documents?limit=200").catch((error) => { if (error.status !== 404) throw error; });
  byId("documents-box").hidden = !listed; // guests see the collection only if it is shared with them
  if (!listed) return;
  byId("count").textContent = say("count")(listed.total);
  byId("documents").replaceChildren(...(listed.documents.length
    ? listed.documents.map((one) => element("li", {},
        element("span", { className: "name", title: one.name, textContent: one.title }),
        element("span", { className: "muted", textContent: one.title === one.name ? "" : one.name }),
        element("span", { className: "pill", status: one.status, title: one.error, textContent: say(one.status) })))
    : [element("li", { className: "muted", textContent: say("empty") })]));
}

function card(service) {
  const latency = service.instances.find((one) => one.latency_ms)?.latency_ms;
  const about = [say("instances")(service.instances.length), ...(latency ? [`${latency} ms`] : [])].join(" · ");
  const error = service.instances.find((one) => one.error)?.error;
  return element("div", { className: "card service" },
    element("div", { className: "row" }, element("b", { textContent: say("titles")[service.name] || service.title }), element("span", { className: "grow" }),
      element("span", { className: "pill", status: service.status, textContent: say(service.status) })),
    element("p", { className: "muted", textContent: say("summaries")[service.name] || service.summary }),
    element("p", { className: "muted", textContent: error ? `${about} · ${error}` : about }));
}

// The services are for those who run the stack; members do not see them.
async function seesServices() {
  const me = await caller(), isSeen = me.kind !== "user" || me.is_administrator;
  byId("overall").hidden = byId("services-box").hidden = document.querySelector("footer").hidden = !isSeen;
  return isSeen;
}

async function showServices() {
  if (!(await seesServices())) return;
  try {
    const health = await call("/api/health/all");
    byId("overall").dataset.status = health.status;
    byId("overall").textContent = say(health.status);
    byId("version").textContent = `AI Stack ${health.version}`;
    const [gateway, ...others] = health.services;
    byId("map").replaceChildren(card(gateway), element("div", { className: "wire" }), element("div", { className: "services" }, ...others.map(card)));
  } catch {
    byId("overall").dataset.status = "unhealthy";
    byId("overall").textContent = say("unreached");
  }
}

function showExamples() {
  byId("examples").replaceChildren(
    ...say("examples").map((text) => element("button", { type: "button", textContent: text, onclick: () => ask(text) })),
  );
}

async function refresh() {
  translate();
  showExamples();
  byId("answer").replaceChildren();
  await Promise.allSettled([showServices(), showDocuments()]);
}

byId("ask-form").onsubmit = (event) => { event.preventDefault(); ask(byId("question").value.trim()); };
byId("files").onchange = (event) => { upload([...event.target.files]); event.target.value = ""; };
beginReading();
await begin(WORDS, refresh);
setInterval(showServices, 5000);
