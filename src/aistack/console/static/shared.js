// Shared by all pages: texts in two languages, API calls, elements, the key dialog.

import { caller, keyed } from "./caller.js";

export { keyed };
// Whether the page is shown in a frame of the application, which has its own header.
const isFramed = window.top !== window;
if (isFramed) {
  document.documentElement.classList.add("framed");
  addEventListener("keydown", (event) => { // the application's command palette
    if (event.key !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    window.top.focus();
    window.top.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true }));
  });
}
export const byId = (id) => document.getElementById(id);
let language = localStorage.getItem("language") || (navigator.language.startsWith("zh") ? "zh" : "en");
const COMMON = {
  en: {
    ask: "Ask", library: "Documents", questions: "Ask your data", databases: "Databases", models: "Models", people: "People", operate: "Operate",
    "key-title": "API key required", "key-lead": "Enter an API key. It is stored in this tab only.", "key-enter": "Continue",
    "ended-title": "You are signed out", "ended-lead": "Sign in to continue.", "sign-in": "Sign in", "sign-in-first": "Sign in first.", "or-sign-in": "Sign in with an account instead",
    "administrators-only": "Only administrators can see this page.", "gateway-api": "Gateway API", metrics: "Metrics",
  },
  zh: {
    ask: "提问", library: "文档", questions: "数据问答", databases: "数据库", models: "模型", people: "成员", operate: "运维",
    "key-title": "需要 API 密钥", "key-lead": "请输入密钥。密钥仅保存在当前标签页中。", "key-enter": "继续",
    "ended-title": "你已退出登录", "ended-lead": "请重新登录以继续。", "sign-in": "登录", "sign-in-first": "请先登录。", "or-sign-in": "改用账号登录",
    "administrators-only": "只有管理员可以查看此页面。", "gateway-api": "网关 API", metrics: "指标",
  },
};
let words = { en: {}, zh: {} };
let again = () => {};
const WITH_KEY = "#key"; // where the page for signing in leads those who have an API key

export const spoken = () => language;
export const say = (key) => words[language][key] ?? COMMON[language][key];

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "status") made.dataset.status = value;
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

export const trouble = (error) => element("p", { className: "trouble", textContent: error.message });
export const when = (text) => (text ? new Date(text).toLocaleString(language === "zh" ? "zh-CN" : "en-GB") : "");
export const sent = (method, body) => ({ method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
export const posted = (body) => sent("POST", body);

// Runs an action and shows its error at the top of the page.
export async function act(what) {
  byId("job").replaceChildren();
  try { await what(); } catch (error) { byId("job").replaceChildren(trouble(error)); }
}

// What a link to this page names, such as the id of a collection; empty for a link to the page itself.
export const linked = (name) => new URLSearchParams(location.search).get(name) ?? "";

// The page for signing in, in the language of this one, which comes back here.
const here = isFramed ? window.top.location : location;
export const signInPath = () => `/sign-in?${new URLSearchParams({ lang: language, next: here.pathname + here.search })}`;

// Leads to signing in. A page that somebody worked on stays, with what was typed: a dialog leads there.
async function signInFirst() {
  const wasSignedIn = (await caller()).kind === "user";
  if (wasSignedIn) document.dispatchEvent(new Event("signed-out"));
  if (!wasSignedIn && !sessionStorage.getItem("key") && location.hash !== WITH_KEY) (isFramed ? window.top : window).location.assign(signInPath());
  else if (!byId("key").open) byId("key").showModal();
}

export async function call(path, options = {}) {
  const answer = await keyed(path, options);
  if (answer.status === 401) {
    await signInFirst();
    throw new Error(say("sign-in-first"));
  }
  const body = answer.status === 204 ? null : await answer.json();
  if (!answer.ok && !(path === "/api/health/all" && body?.services)) throw Object.assign(new Error(body?.detail || answer.statusText), { status: answer.status });
  return body;
}

// Saves a response's body as a download.
export async function keepAs(name, answer) {
  if (!answer.ok) throw new Error((await answer.json()).detail);
  const link = element("a", { href: URL.createObjectURL(await answer.blob()), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

export function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const one of document.querySelectorAll("[data-say]")) one.textContent = say(one.dataset.say);
  for (const one of document.querySelectorAll("[data-say-placeholder]")) one.placeholder = say(one.dataset.sayPlaceholder);
  for (const one of document.querySelectorAll("[data-say-label]")) one.ariaLabel = say(one.dataset.sayLabel);
  byId("language").textContent = language === "zh" ? "English" : "中文";
  document.dispatchEvent(new Event("translated"));
}

// Sets up the parts that every page has; `refresh` is called when the language or the key changes.
export function begin(spokenWords, refresh) {
  words = spokenWords;
  again = refresh;
  byId("language").onclick = () => {
    language = language === "zh" ? "en" : "zh";
    localStorage.setItem("language", language);
    again();
  };
  byId("key-form").onsubmit = () => {
    sessionStorage.setItem("key", byId("key-input").value.trim());
    again();
  };
  return again();
}
