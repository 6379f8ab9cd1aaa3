// The lower part of the databases page: saved queries, jobs with their results, permissions of a connection.

import { caller } from "./caller.js";
import { act, byId, call, element, keepAs, keyed, linked, posted, say, sent, when } from "./shared.js";
import { shareButton, showAbsent } from "./sharing.js";

const FOLLOW_MS = 1000;
const RIGHTS = ["see", "ask", "run", "write"];
const button = (word, onclick) => element("button", { type: "button", className: "quiet", textContent: say(word), onclick: () => act(onclick) });
let following = 0, opened = false;

export async function showSaved(put) {
  const all = await call("/api/query/saved"), { identity } = await caller();
  const meant = all.find((one) => one.id === linked("query"));
  if (linked("query") && !meant) await showAbsent("query", `/api/query/saved/${encodeURIComponent(linked("query"))}`);
  if (meant && !opened) put(meant);
  opened = true;
  const thing = (one) => () => ({ kind: "query", path: `/api/query/saved/${one.id}`, name: one.name, link: `/console/databases?query=${one.id}` });
  byId("saved").replaceChildren(...all.map((one) => element("tr", {},
    element("td", {}, element("button", { type: "button", className: "evidence", title: one.sql, textContent: one.name, onclick: () => put(one) })),
    element("td", { className: "muted", textContent: one.every_seconds ? say("every")(one.every_seconds) : "" }),
    element("td", { className: "muted", textContent: when(one.updated_at) }),
    element("td", {}, button("as-job", async () => { await call("/api/query/jobs", posted({ connection_id: one.connection_id, sql: one.sql, params: one.parameters, format: "csv" })); await showJobs(); }),
      ...(identity && one.yours ? [shareButton(thing(one))] : []),
      ...(one.yours && one.yours !== "manage" ? [] : [button("forget", () => forget(one, put))])))));
  if (!all.length) byId("saved").replaceChildren(element("tr", {}, element("td", { className: "muted", textContent: say("none-saved") })));
}

async function forget(one, put) {
  await call(`/api/query/saved/${one.id}`, { method: "DELETE" });
  history.replaceState(null, "", location.pathname);
  await showSaved(put);
}

export async function save(statement, put) {
  const form = byId("save-form");
  const every = form.elements.every.value.trim();
  await call("/api/query/saved", posted({ ...statement, name: form.elements.name.value.trim(), ...(every ? { every_seconds: Number(every) } : {}) }));
  form.reset();
  form.hidden = true;
  await showSaved(put);
}

export async function showJobs() {
  clearTimeout(following);
  const all = await call("/api/query/jobs?limit=20");
  byId("jobs").replaceChildren(...all.map((one) => element("tr", {},
    element("td", { className: "muted", textContent: when(one.created_at) }),
    element("td", {}, element("span", { className: "pill", status: { done: "ready", failed: "failed", cancelled: "failed" }[one.state] ?? "", title: one.error, textContent: say("job-states")[one.state] })),
    element("td", { className: "muted", textContent: one.state === "done" ? say("job-rows")(one.rows) : one.error.slice(0, 120) }),
    element("td", {}, ...(one.state === "done" ? [button("fetch", () => fetchResult(one))] : []), button("forget", async () => { await call(`/api/query/jobs/${one.id}`, { method: "DELETE" }); await showJobs(); })))));
  if (!all.length) byId("jobs").replaceChildren(element("tr", {}, element("td", { className: "muted", textContent: say("no-jobs") })));
  if (all.some((one) => ["queued", "running"].includes(one.state))) following = setTimeout(() => act(showJobs), FOLLOW_MS);
}

const fetchResult = async (job) => keepAs(`result.${job.format}`, await keyed(`/api/query/jobs/${job.id}/result`));

export function showRights(connection, changed) {
  const form = byId("rights-form"), names = (text) => text.split(/[,，\s]+/).filter(Boolean);
  for (const right of RIGHTS) form.elements[right].value = connection.roles[right].join(", ");
  form.elements.masks.value = connection.rules.masks.map((one) => `${one.table}.${one.column} ${one.how}${one.except_for.length ? ` ${one.except_for.join(",")}` : ""}`).join("\n");
  form.elements.filters.value = connection.rules.filters.map((one) => `${one.table}: ${one.where}`).join("\n");
  form.onsubmit = (event) => {
    event.preventDefault();
    act(async () => {
      const roles = Object.fromEntries(RIGHTS.map((right) => [right, names(form.elements[right].value)]));
      const kept = new Map(connection.rules.filters.map((one) => [`${one.table}: ${one.where}`, one]));
      const rules = { masks: lines(form.elements.masks.value).map(mask), filters: lines(form.elements.filters.value).map((line) => kept.get(line) ?? filter(line)) };
      await call(`/api/connections/${connection.id}`, sent("PATCH", { roles, rules, test: false }));
      await changed();
    });
  };
}

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

function mask(line) {
  const [place, how = "null", ...rest] = line.split(/\s+/), at = place.lastIndexOf(".");
  if (at < 1) throw new Error(say("bad-mask")(line));
  return { table: place.slice(0, at), column: place.slice(at + 1), how, except_for: rest.join("").split(",").filter(Boolean) };
}

function filter(line) {
  const at = line.indexOf(":");
  if (at < 1) throw new Error(say("bad-filter")(line));
  return { table: line.slice(0, at).trim(), where: line.slice(at + 1).trim() };
}
