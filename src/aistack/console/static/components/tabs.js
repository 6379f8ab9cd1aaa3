// @ts-check
// Tabs whose state is in the address: each is a link.

import { html } from "../vendor/preact.js";

/**
 * @param {{tabs: {id: string, title: string, href: string, count?: number}[], current: string, label: string, isInner?: boolean}} props
 */
export function Tabs({ tabs, current, label, isInner = false }) {
  return html`<nav class="tabs ${isInner ? "inner" : ""}" aria-label=${label}>${tabs.map((one) => html`
    <a key=${one.id} href=${one.href} aria-current=${one.id === current ? "page" : undefined}>${one.title}
      ${one.count !== undefined && html`<span class="badge">${one.count}</span>`}</a>`)}</nav>`;
}
