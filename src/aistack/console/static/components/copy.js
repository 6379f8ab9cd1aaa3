// @ts-check
// Copying: a text, a secret that is shown once, a call as curl or Python.

import { html, useRef, useState } from "../vendor/preact.js";
import { asCurl, asPython } from "../api/snippets.js";
import { Button, Segmented } from "./button.js";
import { Dialog } from "./dialog.js";
import { toast } from "./toast.js";
import { say } from "../shell/words.js";

/** Copies a text, also where pages may not write to the clipboard. @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = Object.assign(document.createElement("textarea"), { value: text });
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast(say("shell.copied"));
}

/** A text to copy. @param {{label: string, value: string, action?: string, hasFocus?: boolean}} props */
export function CopyLine({ label, value, action = say("shell.copy"), hasFocus = false }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  return html`<div class="copy-line"><input class="input code" readonly value=${value} aria-label=${label}
      ref=${(/** @type {HTMLInputElement | null} */ one) => { if (one && !input.current && hasFocus) setTimeout(() => one.focus()); input.current = one; }}
      onFocus=${(/** @type {any} */ event) => event.currentTarget.select()} />
    <${Button} icon="copy" onClick=${() => copyText(value)}>${action}</${Button}></div>`;
}

/**
 * A button that shows the same call as curl and Python. `call` is made when it opens.
 * @param {{call: () => import("../api/snippets.js").Shown, size?: "small" | ""}} props
 */
export function CopyAs({ call, size = "" }) {
  const [shown, setShown] = useState(/** @type {import("../api/snippets.js").Shown | null} */ (null));
  const [form, setForm] = useState("curl");
  const text = shown && (form === "curl" ? asCurl(shown) : asPython(shown));
  return html`<${Button} kind="ghost" size=${size} icon="code" label=${say("shell.copy-as")} onClick=${() => setShown(call())} />
    ${text && html`<${Dialog} title=${say("shell.copy-as")} onClose=${() => setShown(null)} kind="wide">
      <div class="row"><${Segmented} label=${say("shell.copy-as")} value=${form} onChange=${setForm} options=${[{ id: "curl", title: "curl" }, { id: "python", title: "Python" }]} />
        <span class="grow"></span><${Button} icon="copy" onClick=${() => copyText(text)}>${say("shell.copy")}</${Button}></div>
      <pre class="snippet code">${text}</pre></${Dialog}>`}`;
}
