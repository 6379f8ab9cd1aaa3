// @ts-check
// Who uses this tab: a person who signed in, an API key of this tab, or the one person of a stack without identity.

import { signal } from "../vendor/preact.js";

const WITH_KEY = "#key"; // where the page for signing in leads those who have an API key
const NOBODY = {
  kind: "nobody", name: "", email: "", role: "", subject: "", identity: true, is_administrator: false,
  /** @type {Record<string, string>} */ groups: {}, /** @type {string[] | null} */ services: null, read_only: false,
};

/** @typedef {typeof NOBODY} Caller */

/** The caller as `/gateway/me` describes it. `kind` is "nobody" when no one is signed in. */
export const caller = signal(NOBODY);
/** Which dialog for signing in is open: "" for none, "key" for an API key, "ended" after a session has ended. */
export const signInDialog = signal("");

/** Whether things have owners here and the caller can share theirs. */
export const canShare = () => caller.value.identity && caller.value.kind !== "nobody";

async function read() {
  const key = sessionStorage.getItem("key");
  const answer = await fetch("/gateway/me", { headers: key ? { authorization: `Bearer ${key}` } : {} });
  if (answer.ok) return answer.json();
  const isRefused = answer.status === 401 || answer.status === 403; // a narrowed key gets 403
  return { ...NOBODY, identity: isRefused, kind: answer.status === 403 ? "key" : "nobody" };
}

/** Asks who the caller is. */
export async function loadCaller() {
  caller.value = { ...NOBODY, ...await read().catch(() => ({ identity: false })) };
}

/** The page for signing in, which comes back to this view. */
export function signInPath() {
  const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  return `/sign-in?${new URLSearchParams({ lang: language, next: location.pathname + location.search })}`;
}

/** Leads to signing in. A view that somebody worked on stays, with what was typed: a dialog leads there. */
export async function askToSignIn() {
  if (signInDialog.value) return;
  if (caller.value.kind === "user") signInDialog.value = "ended";
  else if (sessionStorage.getItem("key") || location.hash === WITH_KEY) signInDialog.value = "key";
  else location.assign(signInPath());
}

/** Whether a stranger came with the wish to enter a key, or has to sign in before anything is shown. */
export async function signInIfNeeded() {
  if (caller.value.identity && caller.value.kind === "nobody") await askToSignIn();
}

/** Uses an API key in this tab. @param {string} key */
export async function useKey(key) {
  sessionStorage.setItem("key", key.trim());
  await loadCaller();
  if (caller.value.kind !== "nobody") signInDialog.value = "";
  return caller.value.kind !== "nobody";
}

/** Stops using this tab's API key. */
export function forgetKey() {
  sessionStorage.removeItem("key");
  location.reload();
}

/** Ends this browser's session. The page is for whoever is signed in now, so the session is looked up first. */
export async function signOut() {
  const { sessions } = await (await fetch("/gateway/sessions")).json();
  const current = sessions.find((/** @type {{current: boolean}} */ one) => one.current);
  if (current) await fetch("/account/sign-out", { method: "POST", body: new URLSearchParams({ session: current.id }) });
  location.assign(`/sign-in?lang=${document.documentElement.lang.startsWith("zh") ? "zh" : "en"}`);
}

/** Reloads the tab when somebody else has signed in with this browser meanwhile. */
export function followSignIn() {
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden || caller.value.kind !== "user") return;
    const now = await read().catch(() => NOBODY);
    if (now.subject && now.subject !== caller.value.subject) location.reload();
  });
}
