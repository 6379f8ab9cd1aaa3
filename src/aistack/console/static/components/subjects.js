// @ts-check
// Users, groups, service accounts and whoever else things are shared with: their names, and a field to find them.

import { html, useEffect, useId, useRef, useState } from "../vendor/preact.js";
import { get } from "../api/http.js";
import { isAbort } from "../api/errors.js";
import { caller } from "../api/session.js";
import { say } from "../shell/words.js";

const WAIT_MS = 150, ASKED_MAX = 50; // as many as the directory returns at most
/** @typedef {{subject: string, name: string, email?: string}} Known */

/** @type {Map<string, Known>} */
const known = new Map();
const kindOf = (/** @type {string} */ subject) => subject.split(":", 1)[0];

/** Learns the names of subjects, as far as the caller may know them. @param {string[]} subjects */
export async function learn(subjects) {
  const missing = [...new Set(subjects)].filter((one) => one.includes(":") && kindOf(one) !== "jwt" && !known.has(one) && one !== caller.value.subject);
  if (caller.value.role === "guest") return;
  for (let at = 0; at < missing.length; at += ASKED_MAX) {
    const found = await get("/gateway/directory", { subject: missing.slice(at, at + ASKED_MAX) }).catch(() => []);
    for (const one of found) known.set(one.subject, one);
  }
}

/** A subject in words. @param {string} subject @returns {{name: string, about: string}} */
export function described(subject) {
  const kind = kindOf(subject), found = known.get(subject);
  if (subject === "everyone" || subject === "owner") return { name: say(`shell.subject-${subject}`), about: "" };
  if (subject === caller.value.subject) return { name: caller.value.name, about: [caller.value.email, say("shell.you")].filter(Boolean).join(" · ") };
  if (kind === "jwt") return { name: subject.slice(4), about: say("shell.subject-jwt") };
  const word = ["user", "group", "service-account"].includes(kind) ? say(`shell.subject-${kind}`) : kind;
  if (!found) return { name: `${word} ${subject.slice(kind.length + 1)}`, about: "" };
  return { name: found.name, about: found.email || (kind === "user" ? "" : word) };
}

/** Names come from people: they are isolated, so that marks in them turn nothing around. @param {{subject: string}} props */
export function Subject({ subject }) {
  const { name, about } = described(subject);
  return html`<span class="subject" title=${subject}><b><bdi>${name}</bdi></b>${about && html`<bdi class="muted tiny">${about}</bdi>`}</span>`;
}

/**
 * A field in which people and groups are found by typing: the ARIA combobox with a list of options.
 * @param {{label: string, kinds: string[], onChoose: (subject: string) => void, hasFocus?: boolean}} props `onChoose` gets "" for none
 */
export function SubjectPicker({ label, kinds, onChoose, hasFocus = false }) {
  const id = useId(), [text, setText] = useState(""), [found, setFound] = useState(/** @type {Known[] | null} */ (null)), [at, setAt] = useState(-1);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null)), asking = useRef(new AbortController()), waiting = useRef(0);
  useEffect(() => { if (hasFocus) input.current?.focus(); return () => { clearTimeout(waiting.current); asking.current.abort(); }; }, []);
  const look = async (/** @type {string} */ query) => {
    asking.current.abort();
    asking.current = new AbortController();
    try {
      /** @type {Known[]} */
      const all = await get("/gateway/directory", { q: query.trim() }, asking.current.signal);
      for (const one of all) known.set(one.subject, one);
      setFound(all.filter((one) => kinds.includes(kindOf(one.subject))));
      setAt(-1);
    } catch (error) { if (!isAbort(error)) setFound([]); }
  };
  const shut = () => { clearTimeout(waiting.current); asking.current.abort(); setFound(null); };
  const choose = (/** @type {Known} */ one) => { setText(one.name); shut(); onChoose(one.subject); };
  const type = (/** @type {any} */ event) => {
    const value = event.currentTarget.value;
    setText(value);
    onChoose("");
    clearTimeout(waiting.current);
    waiting.current = setTimeout(() => look(value), WAIT_MS);
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape" && found) { event.stopPropagation(); shut(); }
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!found) look(text);
      else if (found.length) setAt((at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1) + found.length) % found.length);
    } else if (event.key === "Enter" && found?.length) choose(found[Math.max(at, 0)]);
    else return;
    event.preventDefault();
  };
  return html`<div class="picker"><input ref=${input} class="input" role="combobox" aria-label=${label} aria-expanded=${String(Boolean(found))} aria-controls=${id} aria-autocomplete="list"
      aria-activedescendant=${found && at >= 0 ? `${id}-${at}` : undefined} placeholder=${say("shell.name-or-email")} autocomplete="off" maxlength="254" value=${text} onInput=${type} onKeyDown=${press} onBlur=${shut} />
    ${found && html`<ul id=${id} class="options" role="listbox" aria-label=${label}>${found.map((one, index) => html`<li key=${one.subject} id="${id}-${index}" role="option" aria-selected=${String(index === at)}
      onMouseDown=${(/** @type {Event} */ event) => { event.preventDefault(); choose(one); }}><${Subject} subject=${one.subject} /></li>`)}${!found.length && html`<li class="muted" role="presentation">${say("shell.nobody-found")}</li>`}</ul>`}
    <span class="unseen" role="status">${found && say("shell.results", found.length)}</span></div>`;
}
