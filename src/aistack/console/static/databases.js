// The databases page: connections, their tables, an editor that runs and cancels, results, history.

import { caller } from "./caller.js";
import { firstOf, isStore, optionsOf } from "./engines.js";
import { act, begin, byId, call, element, keepAs, keyed, linked, posted, say, translate, trouble, when } from "./shared.js";
import { mayShare, shareButton, showAbsent } from "./sharing.js";
import { save, showJobs, showRights, showSaved } from "./kept.js";
import { WORDS } from "./databases_words.js";

const SHOWN_MAX = 1000;
let connections = [], tables = [], running = "";

const isManaged = (one) => !one.yours || one.yours === "manage";
const chosen = () => connections.find((one) => one.id === byId("connection").value);
const wanted = (more = {}) => ({ connection_id: chosen().id, sql: byId("sql").value, ...more });

async function showConnections(select = byId("connection").value || linked("connection")) {
  connections = await call("/api/connections");
  if (linked("connection") && !connections.some((one) => one.id === linked("connection"))) await showAbsent("connection", `/api/connections/${encodeURIComponent(linked("connection"))}`);
  byId("connection").replaceChildren(...connections.map((one) => element("option", { value: one.id, textContent: one.name, selected: one.id === select })));
  byId("connection").hidden = !connections.length;
  await showConnection();
}

async function showConnection() {
  const one = chosen();
  for (const id of ["run", "explain", "download", "refresh", "as-job", "save"]) byId(id).disabled = !one;
  byId("rights").hidden = !one || !isManaged(one);
  if (!one) {
    byId("about").replaceChildren(say("none"));
    byId("schema").replaceChildren();
    return;
  }
  const tested = one.tested;
  const state = tested ? [tested.ok ? tested.server : tested.error, tested.ok ? `${tested.latency_ms} ms` : "", tested.may_write === null ? "" : tested.may_write ? say("writes") : say("reads"), ...(tested.warnings ?? [])] : [];
  byId("about").replaceChildren(
    element("span", { textContent: [one.engine, one.place, ...state].filter(Boolean).join(" · ") + " " }),
    element("button", { type: "button", className: "quiet", textContent: say("test"), onclick: () => act(async () => { await call(`/api/connections/${one.id}/test`, { method: "POST" }); await showConnections(); }) }), " ",
    ...(isManaged(one) ? [element("button", { type: "button", className: "quiet", textContent: say("remove"), onclick: () => confirm(say("sure")(one.name)) && act(() => disconnect(one)) })] : []),
    ...(await mayShare(one) ? [" ", shareButton(() => ({ kind: "connection", path: `/api/connections/${one.id}`, name: one.name, link: `/console/databases?connection=${one.id}` }))] : []));
  showRights(one, async () => { await showConnections(one.id); byId("outcome").textContent = say("kept"); });
  await act(() => showSchema(false));
}

async function disconnect(one) {
  await call(`/api/connections/${one.id}`, { method: "DELETE" });
  history.replaceState(null, "", location.pathname);
  await showConnections("");
}

function put(saved) {
  byId("sql").value = saved.sql;
  if (connections.some((one) => one.id === saved.connection_id)) byId("connection").value = saved.connection_id;
}

async function showSchema(refresh) {
  tables = (await call(`/api/connections/${chosen().id}/schema?refresh=${refresh}`)).tables;
  showTables();
}

function showTables() {
  const words = byId("filter").value.trim().toLowerCase();
  const fits = (table) => !words || [table.name, ...table.columns.map((column) => column.name)].some((name) => name.toLowerCase().includes(words));
  byId("schema").replaceChildren(...tables.filter(fits).slice(0, SHOWN_MAX).map((table) => {
    const keys = new Map(table.foreign_keys.flatMap((key) => key.columns.map((column) => [column, key.table])));
    const columns = table.columns.map((column) => element("li", { title: [column.comment, column.samples.join(", ")].filter(Boolean).join("\n") },
      element("span", { textContent: column.name }), element("span", { className: "muted", textContent: ` ${column.type}` }),
      table.primary_key.includes(column.name) ? element("span", { className: "muted", textContent: ` · ${say("key")}` }) : "",
      keys.has(column.name) ? element("span", { className: "muted", textContent: ` · ${say("leads")(keys.get(column.name))}` }) : ""));
    const put = element("button", { type: "button", className: "quiet", textContent: "SELECT", onclick: () => write(table) });
    return element("details", {}, element("summary", { title: table.comment }, element("b", { textContent: table.name }), element("span", { className: "muted", textContent: ` ${say("about")(table.rows)} ` }), put), element("ul", { className: "plain" }, ...columns));
  }));
}

function write(table) {
  byId("sql").value = firstOf(table, chosen().engine);
  byId("sql").focus();
}

const cell = (value) => (value === null ? element("span", { className: "muted", textContent: "NULL" }) : typeof value === "object" ? JSON.stringify(value) : String(value));

async function run() {
  running = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  byId("outcome").textContent = say("running");
  byId("cancel").disabled = false;
  byId("result").replaceChildren();
  try {
    if (isStore(chosen().engine)) return await command();
    const answer = await call("/api/query", posted(wanted({ limit: SHOWN_MAX, query_id: running })));
    const heads = answer.columns.map((column) => element("th", { title: column.type, textContent: column.name }));
    const lines = answer.rows.map((row) => element("tr", {}, ...row.map((value) => element("td", {}, cell(value)))));
    byId("result").replaceChildren(element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...lines)));
    const count = answer.truncated ? say("cut")(answer.row_count) : say("rows")(answer.row_count, answer.elapsed_ms);
    byId("outcome").textContent = answer.changed === null ? count : say("would")(answer.changed);
    if (answer.error) throw new Error(answer.error);
  } catch (error) {
    byId("outcome").textContent = "";
    byId("result").append(trouble(error));
  }
  byId("cancel").disabled = true;
  await showHistory();
}

// A cancellation can overtake its query on the way, so it is repeated while the query runs.
async function cancel() {
  const id = running;
  for (;;) {
    try {
      return await call(`/api/query/${id}`, { method: "DELETE" });
    } catch (error) {
      if (error.status !== 404) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (byId("cancel").disabled || running !== id) return;
  }
}

async function command() {
  const { value, elapsed_ms } = await call("/api/query/command", posted({ connection_id: chosen().id, command: byId("sql").value }));
  byId("result").replaceChildren(element("pre", { textContent: typeof value === "string" ? value : JSON.stringify(value, null, 2) }));
  byId("outcome").textContent = say("took")(elapsed_ms);
  byId("cancel").disabled = true;
  await showHistory();
}

async function explain() {
  const plan = (await call("/api/query/explain", posted(wanted()))).plan;
  byId("result").replaceChildren(element("pre", { textContent: plan.join("\n") }));
}

const download = async () => keepAs("result.csv", await keyed("/api/query", posted(wanted({ format: "csv" }))));

async function showHistory() {
  const { runs } = await call("/api/query/history?limit=30");
  byId("history").replaceChildren(...runs.map((one) => element("tr", {},
    element("td", {}, element("button", { type: "button", className: "evidence", onclick: () => { byId("sql").value = one.sql; } }, element("code", { textContent: one.sql.slice(0, 200) }))),
    element("td", { className: "muted", textContent: one.connection }),
    element("td", {}, element("span", { className: "pill", status: one.state === "done" ? "ready" : "failed", title: one.error, textContent: say("states")[one.state] })),
    element("td", { className: "muted", textContent: say("rows")(one.rows, one.elapsed_ms) }), element("td", { className: "muted", textContent: when(one.begun_at) }))));
  if (!runs.length) byId("history").replaceChildren(element("tr", {}, element("td", { className: "muted", textContent: say("nothing") })));
}

async function connect(form) {
  const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
  if (given.options) given.options = optionsOf(given.options);
  const made = await call("/api/connections", posted({ ...given, ...Object.fromEntries(["port", "ssh_port"].filter((name) => given[name]).map((name) => [name, Number(given[name])])) }));
  form.reset();
  form.hidden = true;
  await showConnections(made.id);
}

async function refresh() {
  translate();
  byId("add").hidden = (await caller()).role === "guest";
  await act(async () => { await showConnections(); await Promise.all([showHistory(), showSaved(put), showJobs()]); });
  document.querySelector("main.absent h1")?.focus();
}

byId("add").onclick = () => { byId("connect-form").hidden = !byId("connect-form").hidden; };
byId("connect-form").onsubmit = (event) => { event.preventDefault(); act(() => connect(event.target)); };
byId("connection").onchange = () => act(showConnection);
byId("filter").oninput = showTables;
byId("refresh").onclick = () => act(() => showSchema(true));
byId("run").onclick = () => act(run);
byId("cancel").onclick = () => act(cancel);
byId("explain").onclick = () => act(explain);
byId("as-job").onclick = () => act(async () => { await call("/api/query/jobs", posted(wanted({ format: "csv" }))); await showJobs(); });
byId("save").onclick = () => { byId("save-form").hidden = !byId("save-form").hidden; };
byId("save-form").onsubmit = (event) => { event.preventDefault(); act(() => save(wanted(), put)); };
byId("download").onclick = () => act(download);
byId("sql").onkeydown = (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) act(run); };
await begin(WORDS, refresh);
