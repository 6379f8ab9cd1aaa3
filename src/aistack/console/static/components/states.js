// @ts-check
// What a view shows in place of its data: empty, loading, an error, gone, forbidden, offline, a service that is down.

import { html } from "../vendor/preact.js";
import { Button } from "./button.js";
import { copyText } from "./copy.js";
import { Icon } from "./icon.js";
import { say } from "../shell/words.js";

const WIDTHS = ["w1", "w2", "w3", "w4", "w2", "w3"];

/**
 * A message in the middle of a view.
 * @param {{icon: string, title: string, text?: any, kind?: "" | "bad", children?: any}} props `children` are actions
 */
export function State({ icon, title, text, kind = "", children }) {
  return html`<section class="state ${kind}" role=${kind === "bad" ? "alert" : undefined}><span class="symbol"><${Icon} name=${icon} /></span>
    <h2>${title}</h2>${text && html`<div class="muted small anywhere">${text}</div>`}
    ${children && html`<div class="actions">${children}</div>`}</section>`;
}

/** A place holder that shows after 150 ms. @param {{rows?: number}} props */
export function Skeleton({ rows = 6 }) {
  return html`<div class="skeleton" role="status" aria-label=${say("shell.loading")}>
    ${Array.from({ length: rows }, (_, at) => html`<span class=${WIDTHS[at % WIDTHS.length]}></span>`)}</div>`;
}

/**
 * An error of a call, with what one can do about it.
 * @param {{error: any, onRetry?: () => void}} props
 */
export function ErrorState({ error, onRetry }) {
  const status = error.status ?? -1, id = error.requestId;
  const retry = onRetry && html`<${Button} icon="refresh" onClick=${onRetry}>${say("shell.retry")}</${Button}>`;
  const copy = id && html`<${Button} kind="ghost" icon="copy" onClick=${() => copyText(id)}>${say("shell.request-id", id)}</${Button}>`;
  if (status === 0) return html`<${State} icon="offline" title=${say("shell.offline")} text=${say("shell.offline-text")}>${retry}</${State}>`;
  if (status === 403) return html`<${State} icon="lock" title=${say("shell.forbidden")} text=${error.message}>${retry}${copy}</${State}>`;
  if (status === 404 || status === 410) return html`<${State} icon="gone" title=${say("shell.gone")} text=${error.message}>${retry}${copy}</${State}>`;
  return html`<${State} kind="bad" icon="warning" title=${say("shell.error")} text=${error.message}>${retry}${copy}</${State}>`;
}

/**
 * Draws what a resource has: a place holder, the error, or its data. Data that is shown stays when a reload fails.
 * @template T
 * @param {{of: import("../api/resource.js").Resource<T>, rows?: number, children: (data: T) => any}} props
 */
export function Loaded({ of: resource, rows, children }) {
  const show = /** @type {any} */ (Array.isArray(children) ? children[0] : children);
  if (resource.data === undefined) return resource.error ? html`<${ErrorState} error=${resource.error} onRetry=${resource.reload} />` : html`<${Skeleton} rows=${rows} />`;
  return html`${resource.error && html`<${Notice} kind="bad">${resource.error.message} <${Button} size="small" onClick=${resource.reload}>${say("shell.retry")}</${Button}></${Notice}>`}${show(resource.data)}`;
}

/** A note above data, such as that only a part is shown. @param {{kind?: "" | "bad" | "warn" | "good", children?: any}} props */
export function Notice({ kind = "", children }) {
  return html`<div class="notice ${kind}" role=${kind === "bad" ? "alert" : "status"}><${Icon} name=${kind === "bad" || kind === "warn" ? "warning" : kind === "good" ? "check" : "info"} /><div class="grow">${children}</div></div>`;
}
