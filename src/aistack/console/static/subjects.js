// Subjects: users, groups, service accounts and whoever else things are shared with. Their names, and finding them.

import { caller } from "./caller.js";
import { call, element, spoken } from "./shared.js";

const FOUND_MAX = 50; // as many as the directory returns at most
const WORDS = {
  en: { everyone: "Everyone", owner: "The stack's owners", user: "User", group: "Group", "service-account": "Service account", jwt: "Token", gone: "no longer exists", you: "you" },
  zh: { everyone: "所有成员", owner: "系统所有者", user: "用户", group: "用户组", "service-account": "服务账号", jwt: "令牌", gone: "已不存在", you: "你" },
};
const say = (key) => WORDS[spoken()][key];
const known = new Map(); // {name, email} by subject

export const kindOf = (subject) => subject.split(":", 1)[0];

export function remember(found) {
  for (const one of found) known.set(one.subject, one);
  return found;
}

// Users, service accounts and groups whose name or e-mail address contains a text.
export async function find(text, signal) {
  return remember(await call(`/gateway/directory?${new URLSearchParams({ q: text })}`, { signal }));
}

// Learns the names of subjects, as far as the caller may know them.
export async function learn(subjects) {
  const me = await caller();
  const missing = [...new Set(subjects)].filter((one) => one.includes(":") && kindOf(one) !== "jwt" && !known.has(one) && one !== me.subject);
  if (!missing.length || me.role === "guest") return;
  for (let at = 0; at < missing.length; at += FOUND_MAX) {
    const query = new URLSearchParams(missing.slice(at, at + FOUND_MAX).map((one) => ["subject", one]));
    remember(await call(`/gateway/directory?${query}`).catch(() => []));
  }
}

// A subject as {name, about} to show as text.
export async function described(subject) {
  const me = await caller(), kind = kindOf(subject);
  if (subject === "everyone" || subject === "owner") return { name: say(subject), about: "" };
  if (subject === me.subject) return { name: me.name, about: [me.email, say("you")].filter(Boolean).join(" · ") };
  if (kind === "jwt") return { name: subject.slice(4), about: say("jwt") };
  const found = known.get(subject);
  if (!found) return { name: `${say(kind) ?? kind} ${subject.slice(kind.length + 1)}`, about: "" };
  return { name: found.name, about: found.email || (kind === "user" ? "" : say(kind)) };
}

// The same as elements. Names come from people: they are isolated, so that marks in them turn nothing around.
export async function shownSubject(subject) {
  const { name, about } = await described(subject);
  return element("span", { className: "subject", title: subject }, element("b", {}, element("bdi", { textContent: name })),
    ...(about ? [element("bdi", { className: "muted", textContent: about })] : []));
}
