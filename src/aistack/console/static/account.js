// The header's account menu, or the link to sign in. Nothing of it is shown while identity is off.

import { caller, isSomeoneElse } from "./caller.js";
import { quietButton } from "./dialogs.js";
import { openKeys } from "./keys.js";
import { byId, call, element, signInPath, spoken, translate } from "./shared.js";

const WORDS = {
  en: {
    menu: (name) => `Account: ${name}`, account: "Account", keys: "API keys", data: "Export my data", out: "Sign out", key: "API key", forget: "Stop using this key",
    roles: { owner: "Owner", admin: "Administrator", member: "Member", guest: "Guest" },
  },
  zh: {
    menu: (name) => `账号：${name}`, account: "账号设置", keys: "API 密钥", data: "导出我的数据", out: "退出登录", key: "API 密钥", forget: "停用当前密钥",
    roles: { owner: "所有者", admin: "管理员", member: "成员", guest: "访客" },
  },
};
const say = (key) => WORDS[spoken()][key];
const menu = byId("account");
const language = byId("language");

// Ends this browser's session. The page is for whoever is signed in now, so the session is looked up first.
async function signOut() {
  const current = (await call("/gateway/sessions")).sessions.find((one) => one.current);
  if (current) await fetch("/account/sign-out", { method: "POST", body: new URLSearchParams({ session: current.id }) });
  location.assign(`/sign-in?lang=${spoken()}`);
}

function showKeys() {
  close(); // the focus is on the menu then, and comes back to it
  return openKeys();
}

function forgetKey() {
  sessionStorage.removeItem("key");
  location.reload();
}

function fill(who) {
  const isPerson = who.kind === "user", name = who.name || say("key");
  const about = [isPerson || who.kind === "jwt" ? "" : say("key"), who.role ? say("roles")[who.role] : ""].filter(Boolean).join(" · ");
  const summary = element("summary", { className: "button quiet", title: name }, element("bdi", { textContent: name }));
  summary.ariaLabel = say("menu")(name);
  menu.replaceChildren(summary, element("div", { className: "card" },
    element("p", {}, element("b", {}, element("bdi", { textContent: name })), element("span", { className: "muted", textContent: who.email ?? "" }), element("span", { className: "muted", textContent: about })),
    ...(isPerson ? [element("a", { className: "button quiet", href: `/account?lang=${spoken()}`, textContent: say("account") }), quietButton(say("keys"), showKeys), element("a", { className: "button quiet", href: "/gateway/me/export", download: "", textContent: say("data") })] : []),
    language,
    isPerson ? quietButton(say("out"), signOut) : quietButton(say("forget"), forgetKey)));
}

export async function showAccount() {
  const who = await caller().catch(() => ({ identity: false }));
  const isHere = who.identity && who.kind !== "nobody", hadFocus = document.activeElement === language;
  if (isHere) fill(who);
  else menu.before(language);
  menu.hidden = !isHere;
  if (hadFocus) language.focus();
  byId("sign-in").hidden = !who.identity || isHere;
  byId("or-sign-in").hidden = !who.identity;
  byId("sign-in").href = byId("or-sign-in").firstElementChild.href = signInPath();
  const isMember = who.identity && who.kind === "user" && !who.is_administrator;
  for (const one of document.querySelectorAll("[data-administrators]")) one.hidden = isMember;
  for (const one of document.querySelectorAll("[data-identity]")) one.hidden = !who.identity || isMember;
}

// The session of somebody who was signed in has ended: the dialog leads to signing in again, what was typed stays.
function showEnded() {
  const form = byId("key-form"), [title, lead] = form.querySelectorAll("[data-say]");
  title.dataset.say = "ended-title";
  lead.dataset.say = "ended-lead";
  for (const one of form.querySelectorAll("input, [type=submit]")) one.hidden = true;
  const link = byId("or-sign-in").firstElementChild;
  link.dataset.say = "sign-in";
  link.className = "button";
  translate();
  link.focus();
}

function close() {
  const hadFocus = menu.contains(document.activeElement);
  menu.open = false;
  if (hadFocus) menu.querySelector("summary").focus();
}

menu.addEventListener("keydown", (event) => { if (event.key === "Escape" && menu.open) close(); });
menu.addEventListener("focusout", (event) => { if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false; });
document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
document.addEventListener("visibilitychange", async () => { if (!document.hidden && await isSomeoneElse()) location.reload(); });
document.addEventListener("translated", showAccount);
document.addEventListener("signed-out", showEnded);
await showAccount();
