// What the people page and its dialogs show of accounts: states, roles, one-time links.

import { caller } from "./caller.js";
import { onceCard } from "./dialogs.js";
import { element, say, when } from "./shared.js";

const COLOUR = { active: "ready", waiting: "pending", disabled: "failed" };

// Somebody who was invited and has not been here yet is waiting.
export const stateOf = (one) => (one.status === "active" && one.kind === "user" && !one.last_seen_at ? "waiting" : one.status);
export const statePill = (one) => element("span", { className: "pill", status: COLOUR[stateOf(one)], textContent: say("states")[stateOf(one)] });

// A one-time link as a field to copy from; it cannot be shown again.
export function linkCard(name, link, said) {
  return onceCard(say("link-lead")(name, when(link.expires_at)), say("link"), new URL(link.path, location.href).href, say("copy"), () => said(say("copied")));
}

// Which roles the caller may give. Only owners make owners.
export async function rolesToGive() {
  const me = await caller();
  return ["member", "guest", "admin", ...(me.role === "owner" ? ["owner"] : [])];
}

export function fillChoice(select, values, words, chosen = select.value) {
  select.replaceChildren(...values.map((one) => element("option", { value: one, textContent: words[one], selected: one === chosen })));
}
