// The models page: the model table, a playground, usage.

import { caller } from "./caller.js";
import { begin, byId, call, element, keepAs, keyed, say, sent, translate, trouble } from "./shared.js";
import { closedToCaller } from "./notices.js";
import { LocalModels } from "./local_models.js";
import { WORDS } from "./models_words.js";
import { shareButton } from "./sharing.js";

const USAGE_DAYS = 30;
let answering = null;

const path = (name) => `/gateway/models/${encodeURIComponent(name)}`;
const cell = (content) => element("td", {}, content ?? "");
const button = (key, onclick) => element("button", { type: "button", className: "quiet", textContent: say(key), onclick });

function table(heads, rows, nothing) {
  if (!rows.length) return element("p", { className: "muted", textContent: nothing });
  return element("table", {}, element("thead", {}, element("tr", {}, ...heads.map((one) => element("th", { textContent: one })))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map(cell)))));
}

// Runs an action of the table and shows its error above it.
async function change(action) {
  byId("problem").replaceChildren();
  try {
    await action();
    await refresh();
  } catch (error) {
    byId("problem").replaceChildren(trouble(error));
  }
}

const dollars = (value) => (value === null || value === undefined ? say("unknown") : `$${value}`);
const place = (upstream) => (upstream.sidecar ? say("sidecar")(upstream.sidecar) : upstream.url);
let edited = null; // the entry in the form; what the form does not show is kept
const KEPT_OF_UPSTREAM = ["url", "model", "drain", "structured_output", "tool_choice", "tokenize", "max_tokens_field", "reasoning_field"];
const KEPT_OF_ENTRY = ["fallbacks", "first_token_seconds", "seconds", "repeatable", "context_length", "defaults", "services"];
const pick = (from, names) => Object.fromEntries(names.map((name) => [name, from[name]]));

// What the table says of an upstream beyond the usual, in words.
const options = (one) => (one.sidecar ? [] : [one.structured_output || say("no-structured-output"), one.tool_choice || say("no-tool-choice"),
  !one.tokenize || say("tokenizes"), one.max_tokens_field || true, one.reasoning_field || true].filter((text) => text !== true));

function row(entry, isShared) {
  const runs = entry.alias_of ? [say("alias-of")(entry.alias_of)] : entry.upstreams.map((one) => [one.model, place(one), ...options(one)].join(" · "));
  const isOurs = entry.source === "api", thing = () => ({ kind: "model", path: path(entry.name), name: entry.name, link: "/console/models" });
  return [element("b", { textContent: entry.name }), element("div", {}, ...runs.map((text) => element("div", { textContent: text }))),
    entry.context_length ? String(entry.context_length) : "", entry.alias_of || entry.upstreams.every((one) => one.sidecar) ? "" : `${dollars(entry.prices.input)} / ${dollars(entry.prices.output)}`,
    isOurs ? say("console") : entry.source.split("/").pop(),
    element("span", { className: "row" }, entry.upstreams.some((one) => one.sidecar) ? "" : button("edit", () => edit(entry)),
      isShared && entry.owner ? shareButton(thing) : "",
      isOurs ? button("remove", () => confirm(say("sure")(entry.name)) && change(() => call(path(entry.name), { method: "DELETE" }))) : "")];
}

function edit(entry) {
  const form = byId("model-form"), upstream = entry?.upstreams[0];
  form.reset();
  edited = entry;
  for (const [name, value] of Object.entries({ name: entry?.name, url: upstream?.url, model: upstream?.model, alias: entry?.alias_of })) form.elements[name].value = value || "";
  form.hidden = false;
  form.elements.name.focus();
}

async function save(form) {
  const given = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
  if (!given.url && !given.alias) throw new Error(say("either"));
  const [before, ...others] = (edited?.upstreams ?? []).map((one) => pick(one, KEPT_OF_UPSTREAM));
  const upstream = { ...before, ...pick(given, ["url", "model", "key"].filter((name) => given[name])) };
  if (!given.model) delete upstream.model;
  const kept = before ? pick(edited, KEPT_OF_ENTRY) : {};
  if (before && edited.own_prices) kept.prices = edited.own_prices;
  await call(path(given.name), sent("PUT", given.alias && !given.url ? given.alias : { ...kept, upstreams: [upstream, ...others] }));
  form.hidden = true;
}

async function showTable() {
  const { models } = await call("/gateway/models"), { identity } = await caller();
  byId("add").hidden = false;
  byId("names").replaceChildren(...models.map((one) => element("option", { value: one.name })));
  byId("models").replaceChildren(table(say("heads"), models.map((one) => row(one, identity)), say("none")));
}

async function showUsage() {
  const since = new Date(Date.now() - USAGE_DAYS * 86_400_000).toISOString().slice(0, 10);
  const { rows } = await call(`/gateway/usage?since=${since}`);
  const totals = new Map();
  for (const one of rows) {
    const key = `${one.day} ${one.model}`, sum = totals.get(key) ?? { day: one.day, model: one.model, requests: 0, prompt: 0, completion: 0, cost: null };
    totals.set(key, { ...sum, requests: sum.requests + one.requests, prompt: sum.prompt + one.prompt_tokens, completion: sum.completion + one.completion_tokens, cost: one.cost_usd === null ? sum.cost : (sum.cost ?? 0) + one.cost_usd });
  }
  const shown = [...totals.values()].sort((a, b) => b.day.localeCompare(a.day) || a.model.localeCompare(b.model));
  byId("usage").replaceChildren(table(say("usage-heads"), shown.map((one) => [one.day, one.model, String(one.requests), String(one.prompt), String(one.completion), one.cost === null ? say("unknown") : one.cost.toFixed(4)]), say("nothing")));
  byId("usage-box").hidden = false;
}

async function showChoices() {
  const { data } = await call("/v1/models");
  const chosen = byId("model").value;
  byId("model").replaceChildren(...data.map((one) => element("option", { value: one.id, textContent: one.id })));
  if (data.some((one) => one.id === chosen)) byId("model").value = chosen;
  byId("send").disabled = !data.length;
}

// The JSON objects of a stream of server-sent events.
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let held = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (held + value).split(/\r?\n/);
    held = lines.pop();
    for (const line of lines) if (line.startsWith("data: ") && line !== "data: [DONE]") yield JSON.parse(line.slice(6));
  }
}

async function ask() {
  const begun = performance.now(), since = () => (performance.now() - begun) / 1000;
  const system = byId("system").value.trim(), text = element("span"), thought = element("span", { className: "muted" });
  const messages = [...(system ? [{ role: "system", content: system }] : []), { role: "user", content: byId("message").value }];
  let first = 0, usage = null;
  byId("reply").replaceChildren(thought, text);
  byId("reply").hidden = false;
  byId("figures").textContent = "";
  const options = sent("POST", { model: byId("model").value, messages, stream: true, stream_options: { include_usage: true } });
  const answer = await keyed("/v1/chat/completions", { ...options, signal: answering.signal });
  if (!answer.ok) {
    const body = await answer.json();
    throw new Error(body.error?.message ?? body.detail ?? answer.statusText);
  }
  for await (const event of events(answer.body)) {
    if (event.error) throw new Error(event.error.message);
    const delta = event.choices?.[0]?.delta ?? {};
    first ||= delta.content || delta.reasoning ? since() : 0;
    thought.textContent += delta.reasoning ?? "";
    text.textContent += delta.content ?? "";
    usage = event.usage ?? usage;
  }
  byId("figures").textContent = say("figures")(usage, since(), first);
}

async function play() {
  answering = new AbortController();
  byId("send").disabled = true;
  byId("stop").disabled = false;
  try {
    await ask();
  } catch (error) {
    if (error.name === "AbortError") byId("figures").textContent = say("stopped");
    else byId("reply").append(trouble(error));
  }
  byId("send").disabled = false;
  byId("stop").disabled = true;
  await showUsage().catch(() => {});
}

const local = new LocalModels(() => Promise.allSettled([showTable(), showChoices()]));

async function refresh() {
  translate();
  if (await closedToCaller()) return;
  await Promise.all([showChoices(), local.show()]);
  await showTable().catch(() => byId("models").replaceChildren());
  await showUsage().catch(() => {});
}

byId("add").onclick = () => edit(null);
byId("cancel-model").onclick = () => { byId("model-form").hidden = true; };
byId("model-form").onsubmit = (event) => { event.preventDefault(); change(() => save(event.target)); };
byId("ask").onsubmit = (event) => { event.preventDefault(); play(); };
byId("stop").onclick = () => answering?.abort();
byId("csv").onclick = () => change(async () => keepAs("usage.csv", await keyed("/gateway/usage.csv")));
await begin(WORDS, () => refresh().catch((error) => byId("problem").replaceChildren(trouble(error))));
