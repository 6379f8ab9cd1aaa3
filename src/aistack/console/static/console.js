// The console page: asks, shows documents and services. Talks to the same API as everyone else.

import { begin, byId, call, element, posted, say, translate, trouble } from "./shared.js";
import { beginReading, open, placeOf } from "./reader.js";

const WORDS = {
  en: {
    "ask-title": "Ask your documents", ask: "Ask", question: "Ask a question", services: "Services", documents: "Documents",
    "ask-lead": "Every answer names the document, the page or heading, and the very words it rests on.",
    add: "Add files", close: "Close", "key-title": "This stack needs a key", "key-lead": "It stays in this tab only.",
    "key-enter": "Continue", operate: "Operate", page: "page", thinking: "Looking …", empty: "No documents yet. Add some files to ask about.",
    healthy: "healthy", degraded: "degraded", unhealthy: "unhealthy", unknown: "unreachable", ready: "ready",
    pending: "waiting", failed: "failed", extractive: "extractive: sentences from the documents", generated: "written by a model, checked against the documents", library: "Library", databases: "Databases", questions: "Ask your data", none: "not in the documents",
    working: (done, total) => `Reading ${done} of ${total} …`, count: (n) => (n === 1 ? "1 document" : `${n} documents`),
    instances: (n) => (n === 1 ? "1 instance" : `${n} instances`), unreached: "The gateway does not answer.",
    titles: {}, summaries: {}, examples: ["What does every answer name?", "How do I put my own service behind the gateway?", "What shall not be infringed?"],
  },
  zh: {
    "ask-title": "向你的文档提问", ask: "提问", question: "输入问题", services: "服务", documents: "文档",
    "ask-lead": "每个回答都注明文档、页码或标题，以及所依据的原文。",
    add: "添加文件", close: "关闭", "key-title": "此系统需要密钥", "key-lead": "密钥只保存在当前标签页。",
    "key-enter": "继续", operate: "运维", page: "第", thinking: "正在查找……", empty: "还没有文档。添加文件后即可提问。",
    healthy: "正常", degraded: "部分异常", unhealthy: "异常", unknown: "无法连接", ready: "可用",
    pending: "等待中", failed: "失败", extractive: "摘录：文档中的原句", generated: "由模型撰写，并与文档核对", library: "文档库", databases: "数据库", questions: "问数据", none: "文档中没有相关内容",
    working: (done, total) => `正在读取 ${done} / ${total}……`, count: (n) => `${n} 个文档`,
    instances: (n) => `${n} 个实例`, unreached: "网关没有响应。",
    titles: { gateway: "网关", rag: "文档", connection: "数据库连接", query: "查询" },
    summaries: { gateway: "入口：注册、路由、健康检查、控制台", rag: "上传文档，得到带引用的回答", connection: "有哪些数据库，里面有什么", query: "在所连接的数据库上安全地运行 SQL" },
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
  const listed = await call("/v1/rag/collections/default/documents?limit=200");
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

async function showServices() {
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
