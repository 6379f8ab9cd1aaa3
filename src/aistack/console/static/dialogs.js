// Modal dialogs that are built when they open. The browser keeps the focus inside, closes them on Escape and gives the
// focus back to what opened them; if that was drawn again meanwhile, to the element with the same `data-key`.

import { element, trouble } from "./shared.js";

// Opens a dialog. `title` is an element or text, `closeLabel` that of its button. The body is empty.
export function openDialog(title, closeLabel) {
  const heading = element("h2", { tabIndex: -1, id: `title-${crypto.getRandomValues(new Uint32Array(1))[0]}` }, title);
  const shut = element("button", { type: "button", className: "quiet", textContent: closeLabel, onclick: () => dialog.close() });
  const problem = element("div", { role: "alert" }), status = element("p", { className: "muted said", role: "status" }), body = element("div", { className: "body" });
  const dialog = element("dialog", { className: "sheet" }, element("div", { className: "row" }, heading, element("span", { className: "grow" }), shut), problem, body, status);
  dialog.setAttribute("aria-labelledby", heading.id);
  const opener = document.activeElement;
  dialog.onclose = () => {
    dialog.remove();
    if (!opener.isConnected) keyedAs(opener.dataset.key)?.focus();
  };
  document.body.append(dialog);
  dialog.showModal();
  return {
    dialog, body, heading,
    say: (text) => { status.textContent = text; },
    // Runs an action and shows its error in the dialog.
    act: async (what) => {
      problem.replaceChildren();
      status.textContent = "";
      try { await what(); } catch (error) { problem.replaceChildren(trouble(error)); }
    },
  };
}

// The element with this `data-key`.
export const keyedAs = (key, within = document) => within.querySelector(`[data-key="${CSS.escape(key ?? "")}"]`);

// Copies a field's text, also where pages may not write to the clipboard.
export async function copyFrom(input) {
  input.focus();
  input.select();
  if (navigator.clipboard) await navigator.clipboard.writeText(input.value).catch(() => document.execCommand("copy"));
  else document.execCommand("copy");
}

export const quietButton = (label, onclick, more = {}) => element("button", { type: "button", className: "quiet", textContent: label, onclick, ...more });

// A text to copy: a field that cannot be changed, and a button.
export function copyField(label, value, buttonLabel, copied) {
  const input = element("input", { type: "text", readOnly: true, value, ariaLabel: label, onfocus: (event) => event.target.select() });
  const button = element("button", { type: "button", className: "quiet", textContent: buttonLabel, onclick: async () => { await copyFrom(input); button.focus(); copied(); } });
  return element("div", { className: "line" }, input, button);
}

// A secret that is shown only now, with what to do with it.
export const onceCard = (about, label, value, copyLabel, copied) => element("div", { className: "card once" }, element("p", { className: "muted", textContent: about }), copyField(label, value, copyLabel, copied));
