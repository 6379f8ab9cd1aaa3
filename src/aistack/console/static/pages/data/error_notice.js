// @ts-check
// An error beside what caused it, with the id of the request to copy.

import { html } from "../../vendor/preact.js";
import { Button } from "../../components/button.js";
import { copyText } from "../../components/copy.js";
import { Notice } from "../../components/states.js";
import { say } from "../../shell/words.js";

/** @param {{error: any, onRetry?: () => void}} props nothing is drawn without an error */
export function ErrorNotice({ error, onRetry }) {
  if (!error) return null;
  const id = error.requestId;
  return html`<${Notice} kind="bad"><div>${error.status === 0 ? say("shell.no-answer") : error.message}</div>
    ${(onRetry || id) && html`<div class="row wrap">${onRetry && html`<${Button} size="small" icon="refresh" onClick=${onRetry}>${say("shell.retry")}</${Button}>`}
      ${id && html`<${Button} kind="ghost" size="small" icon="copy" onClick=${() => copyText(id)}>${say("shell.request-id", id)}</${Button}>`}</div>`}</${Notice}>`;
}
