// @ts-check
// The command palette (Ctrl-K): finds pages, actions, and what pages register in `commands.js`.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Icon } from "../components/icon.js";
import { failed } from "../components/toast.js";
import { matches, providers } from "./commands.js";
import { language, setTheme } from "./preferences.js";
import { go } from "./router.js";
import { visiblePages } from "./sidebar.js";
import { say, setLanguage } from "./words.js";

const WAIT_MS = 120;
/** @typedef {{title: string, commands: import("./commands.js").Command[]}} Group */

/** @returns {Group[]} */
function fixed() {
  return [
    { title: say("shell.pages"), commands: visiblePages().map((one) => ({ id: one.id, title: say(`shell.page-${one.id}`), icon: one.icon, href: one.path })) },
    { title: say("shell.actions"), commands: [
      { id: "light", title: say("shell.theme-light"), icon: "sun", run: () => setTheme("light") },
      { id: "dark", title: say("shell.theme-dark"), icon: "moon", run: () => setTheme("dark") },
      { id: "language", title: language.value === "zh" ? "English" : "中文", icon: "globe", run: () => setLanguage(language.value === "zh" ? "en" : "zh") }] },
  ];
}

/** @param {{onClose: () => void}} props */
export function Palette({ onClose }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null)), [text, setText] = useState(""), [at, setAt] = useState(0);
  const [found, setFound] = useState(/** @type {Group[]} */ ([]));
  useEffect(() => { dialog.current?.showModal(); return () => dialog.current?.close(); }, []);
  useEffect(() => {
    const controller = new AbortController();
    const waiting = setTimeout(async () => {
      const groups = await Promise.all([...providers].map(async (one) => ({
        title: one.group(), commands: await Promise.resolve(one.find(text.trim(), controller.signal)).catch(() => []) })));
      if (!controller.signal.aborted) setFound(groups);
    }, WAIT_MS);
    return () => { clearTimeout(waiting); controller.abort(); };
  }, [text]);
  const groups = [...found, ...fixed().map((group) => ({ ...group, commands: group.commands.filter((one) => matches(one.title, text.trim())) }))].filter((one) => one.commands.length);
  const all = groups.flatMap((one) => one.commands), active = Math.min(at, all.length - 1);
  const choose = (/** @type {import("./commands.js").Command | undefined} */ command) => {
    if (!command) return;
    onClose();
    if (command.href) go(command.href);
    else Promise.resolve(command.run?.()).catch(failed);
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") { event.preventDefault(); choose(all[active]); }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !all.length) return;
    event.preventDefault();
    setAt((active + step + all.length) % all.length);
  };
  useEffect(() => { document.getElementById(`command-${active}`)?.scrollIntoView({ block: "nearest" }); }, [active]);
  return html`<dialog ref=${dialog} class="palette" aria-label=${say("shell.search")} onCancel=${(/** @type {Event} */ event) => { event.preventDefault(); onClose(); }}
      onClick=${(/** @type {Event} */ event) => event.target === dialog.current && onClose()}>
    <div class="look"><${Icon} name="search" /><input role="combobox" aria-label=${say("shell.search")} aria-expanded="true" aria-controls="commands" aria-activedescendant=${all.length ? `command-${active}` : undefined}
      placeholder=${say("shell.search-hint")} value=${text} onInput=${(/** @type {any} */ event) => { setText(event.currentTarget.value); setAt(0); }} onKeyDown=${press} /></div>
    <ul id="commands" role="listbox" aria-label=${say("shell.search")}>${groups.map((group) => html`<li class="group" role="presentation">${group.title}</li>${group.commands.map((one) => {
      const index = all.indexOf(one);
      return html`<li key=${group.title + one.id} id="command-${index}" role="option" aria-selected=${String(index === active)} onMouseMove=${() => setAt(index)} onClick=${() => choose(one)}>
        <${Icon} name=${one.icon ?? "right"} /><span class="truncate">${one.title}</span>${one.about && html`<span class="muted tiny truncate end">${one.about}</span>`}</li>`;
    })}`)}${!all.length && html`<li class="group">${say("shell.nothing-found")}</li>`}</ul>
  </dialog>`;
}
