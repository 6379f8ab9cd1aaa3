// @ts-check
// Short messages that go away by themselves; errors stay until they are closed.

import { html, signal } from "../vendor/preact.js";
import { isAbort } from "../api/errors.js";
import { Icon } from "./icon.js";
import { say } from "../shell/words.js";

const SHOWN_MS = 5000, SHOWN_MAX = 4;

/** @typedef {{id: number, text: string, kind: "" | "good" | "bad", requestId: string, action?: {title: string, run: () => void}}} Toast */

const toasts = signal(/** @type {Toast[]} */ ([]));
let last = 0;

const close = (/** @type {number} */ id) => { toasts.value = toasts.value.filter((one) => one.id !== id); };

/**
 * Shows a message. `action` is a button in it, such as Undo.
 * @param {string} text
 * @param {{kind?: "" | "good" | "bad", action?: {title: string, run: () => void}, requestId?: string}} [options]
 */
export function toast(text, { kind = "good", action, requestId = "" } = {}) {
  const id = ++last;
  toasts.value = [...toasts.value.filter((one) => one.text !== text), { id, text, kind, action, requestId }].slice(-SHOWN_MAX);
  if (kind !== "bad") setTimeout(() => close(id), SHOWN_MS);
}

/** Shows an error, except that of a call that was stopped. @param {any} error */
export function failed(error) {
  if (isAbort(error)) return;
  if (!error?.name?.startsWith("ApiError")) console.warn(error);
  toast(error.status === 0 ? say("shell.no-answer") : error.message, { kind: "bad", requestId: error.requestId ?? "" });
}

export function Toasts() {
  return html`<div class="toasts" role="region" aria-label=${say("shell.messages")}>
    <div class="stack tight" role="status">${toasts.value.map((one) => html`
      <div key=${one.id} class="toast ${one.kind}">
        <${Icon} name=${one.kind === "bad" ? "warning" : one.kind === "good" ? "check" : "info"} />
        <div class="grow">${one.text}${one.requestId && html`<div class="tiny muted code">${one.requestId}</div>`}</div>
        ${one.action && html`<button type="button" class="button small" onClick=${() => { one.action?.run(); close(one.id); }}>${one.action.title}</button>`}
        <button type="button" class="button ghost small icon-only" aria-label=${say("shell.close")} onClick=${() => close(one.id)}><${Icon} name="close" /></button>
      </div>`)}</div>
  </div>`;
}
