// The page for questions about data: asks, follows the steps, shows answer, chart and SQL; the semantic layer.

import { act, begin, byId, call, element, keyed, posted, say, sent, translate, trouble, when } from "./shared.js";
import { drawn } from "./chart.js";
import { WORDS } from "./questions_words.js";

const SHOWN_MAX = 200;
const session = crypto.randomUUID();
const chosen = () => byId("connection").value;
const layer = (rest = "") => `/api/ai/connections/${chosen()}/layer${rest}`;

async function showConnections() {
  const all = (await call("/api/connections")).filter((one) => one.rights.includes("ask"));
  byId("connection").replaceChildren(...all.map((one) => element("option", { value: one.id, textContent: one.name })));
  byId("connection").hidden = !all.length;
  byId("send").disabled = !all.length;
  byId("layer-box").hidden = !all.length;
  if (!all.length) byId("answer").replaceChildren(element("p", { className: "muted", textContent: say("none") }));
  await Promise.all([showHistory(), all.length ? showLayer() : null]);
}

async function ask(question) {
  byId("send").disabled = true;
  byId("answer").replaceChildren();
  try {
    const body = posted({ question, connection_id: chosen(), context: { session_id: session } });
    const answer = await keyed("/api/ai/query", { ...body, headers: { ...body.headers, accept: "text/event-stream" } });
    if (!answer.ok) throw new Error((await answer.json()).detail ?? answer.statusText);
    await follow(answer.body.getReader());
  } catch (error) {
    byId("answer").replaceChildren(trouble(error));
  } finally {
    byId("steps").textContent = "";
    byId("send").disabled = false;
  }
  await showHistory();
}

async function follow(reader) {
  const decoder = new TextDecoder();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    held += decoder.decode(value, { stream: true });
    const events = held.split("\n\n");
    held = events.pop();
    for (const event of events) {
      if (event.startsWith(":")) continue; // a comment that keeps the connection open
      const kind = /^event: (\w+)/.exec(event)[1], data = JSON.parse(event.slice(event.indexOf("data: ") + 6));
      if (kind === "step") byId("steps").textContent = `${say("steps")[data.step]}: ${data.said}`.slice(0, 160);
      else if (kind === "error") throw new Error(data.detail);
      else show(data);
    }
  }
}

function show(answer) {
  const parts = { ready: ready, need_clarification: asksBack, failed: (one) => [trouble({ message: one.error })] }[answer.status](answer);
  byId("answer").replaceChildren(element("div", { className: "card" }, ...parts, traceOf(answer)));
}

function ready(answer) {
  const percent = Math.round(answer.confidence * 100);
  const parts = [element("p", { className: "answer-text", textContent: answer.answer || answer.explanation }),
    element("p", { className: "muted", textContent: `${say("methods")[answer.method]} · ${say("sure")(percent)}` })];
  if (answer.chart) parts.push(drawn(answer.chart));
  if (answer.result?.rows.length) parts.push(tableOf(answer.result));
  const rests = [...answer.lineage_summary.source_tables, ...answer.lineage_summary.applied_rules];
  parts.push(element("details", {}, element("summary", { textContent: say("sql") }), element("pre", { className: "scroll", textContent: answer.sql }),
    element("p", { className: "muted", textContent: `${say("rests")}: ${rests.join("; ")}` })));
  const judged = element("div", { className: "row" });
  judged.append(...[true, false].map((right) => element("button", { type: "button", className: "quiet", textContent: say(right ? "right" : "wrong"), onclick: () => act(async () => {
    await call("/api/ai/feedback", posted({ question_id: answer.id, right }));
    judged.replaceChildren(element("span", { className: "muted", textContent: say(right ? "noted" : "noted_wrong") }));
  }) })));
  return [...parts, judged];
}

function asksBack(answer) {
  const { question, options } = answer.clarification;
  const buttons = options.map((one, option) => element("li", {}, element("button", { type: "button", className: "quiet", title: one.sql, textContent: one.label, onclick: () => act(async () => {
    show(await call("/api/ai/clarify", posted({ question_id: answer.id, option })));
    await showHistory();
  }) })));
  return [element("p", { className: "answer-text", textContent: question }), element("ul", { className: "plain" }, ...buttons), element("p", { className: "muted", textContent: say("or") })];
}

function tableOf(result) {
  const heads = result.columns.map((column) => element("th", { title: column.type, textContent: column.name }));
  const lines = result.rows.slice(0, SHOWN_MAX).map((row) => element("tr", {}, ...row.map((value) => element("td", { textContent: value === null ? "–" : String(value) }))));
  return element("div", { className: "scroll" }, element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...lines)),
    element("p", { className: "muted", textContent: say("rows")(result.row_count) }));
}

function traceOf(answer) {
  const steps = answer.trace.map((one) => element("li", {}, element("b", { textContent: `${say("steps")[one.step]} ` }), element("span", { textContent: one.said.slice(0, 500) }), element("span", { className: "muted", textContent: ` ${one.elapsed_ms} ms` })));
  return element("details", {}, element("summary", { textContent: say("trace") }), element("ol", {}, ...steps));
}

async function showHistory() {
  const { questions } = await call("/api/ai/questions?limit=20");
  byId("history").replaceChildren(...questions.map((one) => element("tr", {},
    element("td", {}, element("button", { type: "button", className: "evidence", textContent: one.question.slice(0, 200), onclick: () => { byId("question").value = one.question; byId("question").focus(); } })),
    element("td", { className: "muted", textContent: one.connection }),
    element("td", {}, element("span", { className: "pill", status: { ready: "up", failed: "failed" }[one.status] ?? "", textContent: say("states")[one.status] })),
    element("td", { className: "muted", textContent: when(one.created_at) }))));
}

async function showLayer() {
  byId("layer").disabled = true; // what is typed before the answer would be lost
  const [inForce, versions] = await Promise.all([call(layer()), call(layer("/versions"))])
    .finally(() => { byId("layer").disabled = false; });
  byId("layer").value = inForce.text;
  byId("layer").dataset.version = inForce.version;
  byId("layer-state").textContent = say("version")(inForce.version);
  byId("versions").replaceChildren(...versions.map((one) => element("option", { value: one.version, textContent: `${say("version")(one.version)} · ${when(one.created_at)}${one.about ? ` · ${one.about}` : ""}` })));
  byId("versions").hidden = byId("layer-restore").hidden = versions.length < 2;
}

async function saveLayer() {
  const saved = await call(layer(), sent("PUT", { text: byId("layer").value, version: Number(byId("layer").dataset.version) }));
  await showLayer();
  byId("layer-state").textContent = say("saved")(saved.version);
}

async function refresh() {
  translate();
  await act(showConnections);
}

byId("ask-form").onsubmit = (event) => { event.preventDefault(); ask(byId("question").value.trim()); };
byId("connection").onchange = () => act(showLayer);
byId("layer-save").onclick = () => act(saveLayer);
byId("layer-draft").onclick = () => act(async () => { byId("layer").value = (await call(layer("/draft"))).text; });
byId("layer-restore").onclick = () => act(async () => { await call(layer(`/versions/${byId("versions").value}/restore`), { method: "POST" }); await showLayer(); });
await begin(WORDS, refresh);
