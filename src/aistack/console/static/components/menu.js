// @ts-check
// A button that opens a menu: arrow keys move, Escape closes, the focus comes back to the button.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";
import { failed } from "./toast.js";

/**
 * `items` may have null, which draws a line between groups.
 * @typedef {{title: string, icon?: string, onClick?: () => unknown, href?: string, download?: boolean,
 *   isDangerous?: boolean, isChecked?: boolean, staysOpen?: boolean}} Item
 */

/**
 * @param {{label: string, items: (Item | null | false)[], icon?: string, kind?: "ghost" | "", size?: "small" | "",
 *   side?: "left" | "", isUp?: boolean, head?: any, button?: (props: any) => any, children?: any}} props
 *   `button` draws another button; it gets `onClick` and `aria-` properties
 */
export function Menu({ label, items, icon = "more", kind = "ghost", size = "", side = "", isUp = false, head, button, children }) {
  const [isOpen, setOpen] = useState(false), root = useRef(/** @type {HTMLElement | null} */ (null));
  const entries = () => [.../** @type {NodeListOf<HTMLElement>} */ (root.current?.querySelectorAll("[role^=menuitem]") ?? [])];
  const shut = () => {
    setOpen(false);
    /** @type {HTMLElement | null | undefined} */ (root.current?.querySelector("[aria-haspopup]"))?.focus();
  };
  useEffect(() => {
    if (!isOpen) return undefined;
    entries()[0]?.focus();
    const outside = (/** @type {Event} */ event) => { if (!root.current?.contains(/** @type {Node} */ (event.target))) setOpen(false); };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [isOpen]);
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (!isOpen) return;
    const all = entries(), at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") { event.stopPropagation(); shut(); if (event.key === "Escape") event.preventDefault(); }
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  };
  const choose = (/** @type {Item} */ item) => {
    if (!item.staysOpen) shut();
    Promise.resolve(item.onClick?.()).catch(failed);
  };
  const handle = { onClick: () => setOpen(!isOpen), "aria-haspopup": "menu", "aria-expanded": String(isOpen) };
  return html`<div class="menu" ref=${root} onKeyDown=${press} onClick=${(/** @type {Event} */ event) => event.stopPropagation()}>
    ${button ? button({ ...handle, "aria-label": label }) : html`<${Button} ...${handle} kind=${kind} size=${size} icon=${icon} label=${label}>${children}</${Button}>`}
    ${isOpen && html`<div class="menu-list ${side} ${isUp ? "up" : ""}" role="menu" aria-label=${label}>
      ${head && html`<div class="head">${head}</div>`}
      ${items.map((item) => item === null ? html`<hr role="separator" />` : item && html`<${Entry} item=${item} choose=${choose} />`)}
    </div>`}
  </div>`;
}

/** @param {{item: Item, choose: (item: Item) => void}} props */
function Entry({ item, choose }) {
  const role = item.isChecked === undefined ? "menuitem" : "menuitemradio", style = `menu-item ${item.isDangerous ? "danger" : ""}`;
  const inside = html`${item.icon && html`<${Icon} name=${item.icon} />`}<span class="truncate">${item.title}</span>
    ${item.isChecked && html`<span class="check-mark"><${Icon} name="check" /></span>`}`;
  if (item.href) return html`<a class=${style} role=${role} tabindex="-1" href=${item.href} download=${item.download} onClick=${() => choose({ ...item, onClick: undefined })}>${inside}</a>`;
  return html`<button type="button" class=${style} role=${role} tabindex="-1" aria-checked=${item.isChecked === undefined ? undefined : String(item.isChecked)} onClick=${() => choose(item)}>${inside}</button>`;
}
