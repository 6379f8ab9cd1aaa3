// @ts-check
// Buttons, badges and switches between a few choices.

import { html, useState } from "../vendor/preact.js";
import { Icon } from "./icon.js";
import { failed } from "./toast.js";

/**
 * A button; with `href` a link that looks like one. While an `onClick` that returns a promise works, it is busy; an
 * error that the promise ends with is shown as a toast. A button with `icon` and `label` but no text shows only the icon.
 * @param {{kind?: "primary" | "danger" | "ghost" | "", size?: "small" | "", icon?: string, label?: string, href?: string,
 *   onClick?: (event: MouseEvent) => unknown, disabled?: boolean, type?: "button" | "submit", children?: any,
 *   busy?: boolean, [other: string]: any}} props
 */
export function Button({ kind = "", size = "", icon, label, href, onClick, disabled, type = "button", children, busy, ...rest }) {
  const [isWorking, setWorking] = useState(false);
  const isBusy = busy || isWorking, isBare = !children;
  const style = ["button", kind, size, isBare ? "icon-only" : "", rest.class ?? ""].filter(Boolean).join(" ");
  const inside = html`${isBusy ? html`<span class="spinner" aria-hidden="true"></span>` : icon && html`<${Icon} name=${icon} />`}${children}`;
  if (href) return html`<a ...${rest} class=${style} href=${href} aria-label=${label} title=${isBare ? label : undefined}>${inside}</a>`;
  const click = async (/** @type {MouseEvent} */ event) => {
    if (isBusy) return;
    const work = onClick?.(event);
    if (!(work instanceof Promise)) return;
    setWorking(true);
    try { await work; } catch (error) { failed(error); } finally { setWorking(false); }
  };
  return html`<button ...${rest} class=${style} type=${type} disabled=${disabled} aria-label=${label}
    title=${isBare ? label : rest.title} aria-busy=${isBusy ? "true" : undefined} onClick=${click}>${inside}</button>`;
}

/** @param {{kind?: "good" | "warn" | "bad" | "accent" | "", title?: string, children?: any}} props */
export const Badge = ({ kind = "", title, children }) => html`<span class="badge ${kind}" title=${title}>${children}</span>`;

/**
 * One of a few choices, all visible.
 * @param {{options: {id: string, title: string}[], value: string, onChange: (id: string) => void, label: string}} props
 */
export function Segmented({ options, value, onChange, label }) {
  return html`<div class="segmented" role="group" aria-label=${label}>${options.map((one) => html`
    <button type="button" aria-pressed=${String(one.id === value)} onClick=${() => onChange(one.id)}>${one.title}</button>`)}</div>`;
}
