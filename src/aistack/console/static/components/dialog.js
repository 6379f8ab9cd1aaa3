// @ts-check
// Modal dialogs. The browser keeps the focus inside, closes them on Escape and gives the focus back.

import { html, signal, useEffect, useId, useRef, useState } from "../vendor/preact.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";
import { say } from "../shell/words.js";

/**
 * A dialog that is open while it is drawn. `kind` is "wide", or "side" for a panel at the right edge.
 * @param {{title: any, onClose: () => void, kind?: "" | "wide" | "side", children?: any, actions?: any}} props
 */
export function Dialog({ title, onClose, kind = "", children, actions }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null)), id = useId();
  useEffect(() => {
    const opener = /** @type {HTMLElement | null} */ (document.activeElement), shown = dialog.current;
    shown?.showModal();
    return () => {
      shown?.close();
      if (opener?.isConnected) opener.focus();
    };
  }, []);
  const close = (/** @type {Event} */ event) => { event.preventDefault(); onClose(); };
  return html`<dialog ref=${dialog} class=${kind} aria-labelledby=${id} onCancel=${close}
      onClick=${(/** @type {Event} */ event) => event.target === dialog.current && onClose()}>
    <div class="dialog-header"><h2 id=${id} tabindex="-1">${title}</h2><span class="grow"></span>${actions}
      <${Button} kind="ghost" icon="close" label=${say("shell.close")} onClick=${onClose} /></div>
    <div class="dialog-body">${children}</div>
  </dialog>`;
}

/**
 * A form that ends with buttons. `onSubmit` may return a promise: the form is busy until then and shows its error.
 * @param {{onSubmit: () => unknown, submit: string, onCancel?: () => void, kind?: "primary" | "danger", children?: any, disabled?: boolean}} props
 */
export function Form({ onSubmit, submit, onCancel, kind = "primary", children, disabled }) {
  const [problem, setProblem] = useState(""), [isBusy, setBusy] = useState(false);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setProblem("");
    try { await onSubmit(); } catch (error) { setProblem(/** @type {Error} */ (error).message); } finally { setBusy(false); }
  };
  return html`<form class="stack" onSubmit=${send}>${children}
    ${problem && html`<div class="notice bad" role="alert"><${Icon} name="warning" /><span>${problem}</span></div>`}
    <div class="form-actions">${onCancel && html`<${Button} onClick=${onCancel}>${say("shell.cancel")}</${Button}>`}
      <${Button} type="submit" kind=${kind} busy=${isBusy} disabled=${disabled}>${submit}</${Button}></div></form>`;
}

/** @typedef {{title: string, text?: any, action: string, isDangerous?: boolean}} Question */

const question = signal(/** @type {(Question & {answer: (yes: boolean) => void}) | null} */ (null));

/** Asks before something that cannot be undone. @param {Question} asked @returns {Promise<boolean>} */
export function confirmed(asked) {
  return new Promise((resolve) => {
    question.value = { ...asked, answer: (yes) => { question.value = null; resolve(yes); } };
  });
}

/** Where `confirmed` asks; the shell draws it once. */
export function Confirmation() {
  const asked = question.value;
  if (!asked) return null;
  return html`<${Dialog} title=${asked.title} onClose=${() => asked.answer(false)}>
    ${asked.text && html`<p class="muted anywhere">${asked.text}</p>`}
    <div class="form-actions"><${Button} onClick=${() => asked.answer(false)}>${say("shell.cancel")}</${Button}>
      <${Button} kind=${asked.isDangerous ? "danger" : "primary"} onClick=${() => asked.answer(true)}>${asked.action}</${Button}></div>
  </${Dialog}>`;
}
