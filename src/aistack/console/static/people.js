// The people page, for administrators: users, groups, invitations, sign-in methods.

import { fillChoice, linkCard, rolesToGive, stateOf, statePill } from "./accounts.js";
import { caller } from "./caller.js";
import { keyedAs } from "./dialogs.js";
import { Groups } from "./groups.js";
import { WORDS } from "./people_words.js";
import { closedToCaller } from "./notices.js";
import { openPerson } from "./person.js";
import { act, begin, byId, call, element, posted, say, translate, when } from "./shared.js";
import { remember } from "./subjects.js";

const PAGE = 500, LOADED_MAX = 2_000, SHOWN = 100, WAIT_MS = 200;
const FILTERS = {
  "": () => true, waiting: (one) => stateOf(one) === "waiting", administrators: (one) => one.role === "owner" || one.role === "admin",
  guest: (one) => one.role === "guest", disabled: (one) => one.status === "disabled", "service-account": (one) => one.kind === "service-account",
};
let users = [], shown = SHOWN, isPartial = false, turn = 0, waiting;
const groups = new Groups(() => { show(); });

async function load() {
  const mine = ++turn, found = [];
  let after = "";
  do {
    const page = await call(`/gateway/users?${new URLSearchParams({ q: byId("search").value.trim(), after, limit: PAGE })}`);
    found.push(...page.users);
    after = page.next;
  } while (after && found.length < LOADED_MAX);
  const { sessions } = await call("/gateway/sessions?user=*");
  if (mine !== turn) return; // a later search is under way
  const seen = new Map(sessions.toReversed().map((one) => [one.user_id, one.last_seen_at])); // the latest come first
  for (const one of found) if ((one.last_seen_at ?? "") < (seen.get(one.id) ?? "")) one.last_seen_at = seen.get(one.id);
  users = remember(found).sort((one, other) => one.name.localeCompare(other.name));
  isPartial = after !== "";
  shown = SHOWN;
  show();
}

function show() {
  const fitting = users.filter(FILTERS[byId("filter").value || ""]);
  const heads = element("tr", {}, ...say("heads").map((text) => element("th", { scope: "col", textContent: text })));
  const rows = fitting.slice(0, shown).map(row);
  if (!rows.length) rows.push(element("tr", {}, element("td", { className: "muted", colSpan: say("heads").length, textContent: say("nobody") })));
  byId("users").replaceChildren(element("thead", {}, heads), element("tbody", {}, ...rows));
  byId("count").textContent = isPartial ? say("partial")(users.length) : say("count")(fitting.length);
  byId("more").hidden = fitting.length <= shown;
  groups.show(byId("search").value.trim());
}

function row(one) {
  const open = element("button", { type: "button", className: "evidence", onclick: () => openPerson(one, { groups, changed: reload }) }, element("b", {}, element("bdi", { textContent: one.name })));
  open.dataset.key = one.id;
  const about = one.email || say("kinds")[one.kind];
  return element("tr", {}, element("td", {}, open, element("bdi", { className: "muted", textContent: about })), element("td", { textContent: say("roles")[one.role] }), element("td", {}, statePill(one)),
    element("td", { className: "muted", textContent: one.last_seen_at ? when(one.last_seen_at) : say("never") }),
    element("td", { className: "muted" }, ...groups.of(one.subject).flatMap((group, at) => [at ? ", " : "", element("bdi", { textContent: group.name })])));
}

// Loads people again and keeps the focus on the same person. `said` is what happened to somebody who is gone.
async function reload(said = "") {
  const focused = document.activeElement?.dataset.key;
  if (said) byId("made").replaceChildren(element("p", { className: "muted", textContent: said }));
  await Promise.all([load(), groups.load()]);
  show();
  if (said) byId("search").focus();
  else if (focused) keyedAs(focused)?.focus();
}

function showLink(name, link) {
  const said = element("span", { className: "muted", role: "status" });
  byId("made").replaceChildren(linkCard(name, link, (text) => { said.textContent = text; }), said);
}

async function invite(form) {
  const { kind, name, email, role } = Object.fromEntries([...new FormData(form)].map(([key, value]) => [key, value.trim()]));
  const made = await call("/gateway/users", posted({ kind, name, role, email: kind === "user" ? email : "" }));
  form.reset();
  toggleInvite(false);
  byId("made").replaceChildren();
  if (made.link) showLink(made.name, made.link);
  await reload();
  (byId("made").querySelector("input") ?? byId("invite")).focus();
}

function toggleInvite(isOpen) {
  byId("invite-form").hidden = !isOpen;
  byId("invite").ariaExpanded = String(isOpen);
  if (isOpen) byId("invite-form").elements.name.focus();
  adaptInvite();
}

function adaptInvite() {
  const form = byId("invite-form"), isUser = form.elements.kind.value === "user";
  form.elements.email.parentElement.hidden = !isUser;
  form.elements.email.required = isUser;
  form.querySelector("[type=submit]").textContent = say(isUser ? "create" : "create-account");
}

async function showProviders() {
  const { passwords, passkeys, providers } = await call("/gateway/providers");
  const entry = (title, about, count = "") => element("li", {}, element("span", { className: "subject" }, element("b", {}, element("bdi", { textContent: title })), element("bdi", { className: "muted", textContent: about })), element("span", { className: "muted", textContent: count }));
  byId("providers-box").hidden = false;
  byId("providers").replaceChildren(...(passwords ? [entry(say("passwords"), say("passwords-lead"))] : []), ...(passkeys ? [entry(say("passkeys"), say("passkeys-lead"))] : []),
    ...providers.map((one) => entry(one.title || say("proxy"), [say("provider-kinds")[one.kind](one.issuer), say("unknown")[one.unknown]].join(" · "), one.linked === null ? "" : say("linked")(one.linked))));
}

async function refresh() {
  translate();
  if (await closedToCaller()) return;
  const { identity } = await caller();
  for (const id of ["invite", "look", "users-box", "groups-box"]) byId(id).hidden = !identity;
  if (!identity) {
    byId("lead").textContent = say("off");
    return;
  }
  const form = byId("invite-form");
  fillChoice(byId("filter"), Object.keys(FILTERS), say("filters"));
  fillChoice(form.elements.kind, ["user", "service-account"], say("kinds"));
  fillChoice(form.elements.role, await rolesToGive(), say("roles"));
  adaptInvite();
  await act(() => Promise.all([reload(), showProviders()]));
}

byId("invite").onclick = () => toggleInvite(byId("invite-form").hidden);
byId("invite-cancel").onclick = () => { toggleInvite(false); byId("invite").focus(); };
byId("invite-form").onsubmit = (event) => { event.preventDefault(); act(() => invite(event.target)); };
byId("invite-form").elements.kind.onchange = adaptInvite;
byId("look").onsubmit = (event) => { event.preventDefault(); act(load); };
byId("search").oninput = () => { clearTimeout(waiting); waiting = setTimeout(() => act(load), WAIT_MS); };
byId("filter").onchange = () => { shown = SHOWN; show(); };
byId("more").onclick = () => { shown += SHOWN; show(); };
await begin(WORDS, refresh);
