// @ts-check
// The sidebar: pages, search, account. A drawer on phones.

import { html } from "../vendor/preact.js";
import { caller } from "../api/session.js";
import { Icon } from "../components/icon.js";
import { PAGES, pageOf } from "../pages.js";
import { AccountMenu } from "./account_menu.js";
import { isCollapsed, setCollapsed } from "./preferences.js";
import { place } from "./router.js";
import { say } from "./words.js";

/** The pages that the caller may see. */
export const visiblePages = () => PAGES.filter((one) => !one.forAdministrators || caller.value.kind !== "user" || caller.value.is_administrator);

/** @param {{isOpen: boolean, onClose: () => void, onSearch: () => void}} props */
export function Sidebar({ isOpen, onClose, onSearch }) {
  const current = pageOf(place.value.path);
  const collapse = say(isCollapsed.value ? "shell.expand" : "shell.collapse");
  return html`${isOpen && html`<button class="scrim" aria-label=${say("shell.close")} onClick=${onClose}></button>`}
  <aside class="sidebar ${isOpen ? "open" : ""}" aria-label=${say("shell.sidebar")} onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && onClose()}>
    <a class="brand" href="/" aria-label="AI Stack"><img src="/console/icon.svg" alt="" /><span class="label">AI Stack</span></a>
    <button type="button" class="nav-item" onClick=${onSearch} aria-label=${say("shell.search")} title=${say("shell.search")}>
      <${Icon} name="search" /><span class="label">${say("shell.search")}</span><kbd>Ctrl K</kbd></button>
    <nav class="nav" aria-label=${say("shell.pages")}>${visiblePages().map((page) => {
      const title = say(`shell.page-${page.id}`);
      return html`<a key=${page.id} class="nav-item" href=${page.path} aria-label=${title} title=${title} onClick=${onClose}
        aria-current=${page === current ? "page" : undefined}><${Icon} name=${page.icon} /><span class="label">${title}</span></a>`;
    })}</nav>
    <div class="foot"><${AccountMenu} />
      <button type="button" class="nav-item collapse" aria-label=${collapse} title=${collapse} aria-expanded=${String(!isCollapsed.value)} onClick=${() => setCollapsed(!isCollapsed.value)}>
        <${Icon} name="sidebar" /><span class="label">${collapse}</span></button></div>
  </aside>`;
}
