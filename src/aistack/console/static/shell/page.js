// @ts-check
// The frame of one page: its title, its one primary action and filters, and its body.

import { html, useEffect } from "../vendor/preact.js";

/**
 * @param {{title: string, crumbs?: any, actions?: any, children?: any}} props `crumbs` are drawn in place of the title;
 *   `children` are tabs, a `PageBody`, or anything that fills the rest
 */
export function Page({ title, crumbs, actions, children }) {
  useEffect(() => { document.title = `${title} · AI Stack`; }, [title]);
  return html`<div class="page"><header class="page-header"><div class="title">${crumbs ?? html`<h1>${title}</h1>`}</div>
    ${actions && html`<div class="actions">${actions}</div>`}</header>${children}</div>`;
}

/** The part of a page that scrolls. `isFlush` for tables and drawings that reach the edges. @param {{isFlush?: boolean, children?: any}} props */
export const PageBody = ({ isFlush = false, children }) => html`<div class="page-body ${isFlush ? "flush" : ""}">${isFlush ? children : html`<div class="measure stack">${children}</div>`}</div>`;
