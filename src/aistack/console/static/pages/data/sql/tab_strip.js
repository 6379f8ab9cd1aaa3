// @ts-check
// The tabs of the editor: arrow keys move, Delete closes, the menu renames and copies.

import { html, useState } from "../../../vendor/preact.js";
import { Button } from "../../../components/button.js";
import { Dialog, Form } from "../../../components/dialog.js";
import { Field } from "../../../components/field.js";
import { Menu } from "../../../components/menu.js";
import { say } from "../../../shell/words.js";
import { changeTab, tabs } from "./tabs.js";

/** @param {{current: string, onChoose: (id: string) => void, onClose: (id: string) => void, onNew: (wanted?: {sql: string}) => void}} props */
export function TabStrip({ current, onChoose, onClose, onNew }) {
  const [isRenaming, setRenaming] = useState(false), all = tabs.value, shown = all.find((one) => one.id === current);
  const press = (/** @type {KeyboardEvent} */ event) => {
    const at = all.findIndex((one) => one.id === current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      const next = all[to % all.length];
      onChoose(next.id);
      setTimeout(() => document.getElementById(`tab-${next.id}`)?.focus());
    } else if (event.key === "Delete") onClose(current);
    else return;
    event.preventDefault();
  };
  return html`<div class="data-tabs"><div class="tabs data-tab-list" role="tablist" aria-label=${say("data.queries")} onKeyDown=${press}>${all.map((one) => html`
      <button key=${one.id} id="tab-${one.id}" type="button" role="tab" aria-selected=${String(one.id === current)} tabindex=${one.id === current ? 0 : -1} title=${one.sql.slice(0, 300)} onClick=${() => onChoose(one.id)}
        onAuxClick=${(/** @type {MouseEvent} */ event) => event.button === 1 && onClose(one.id)}><span class="truncate">${one.name}</span></button>`)}</div>
    <${Button} kind="ghost" size="small" icon="plus" label=${say("data.new-query")} onClick=${() => onNew()} />
    <${Menu} size="small" label=${say("data.tab-actions")} items=${[
      { title: say("data.rename"), icon: "edit", onClick: () => setRenaming(true) },
      { title: say("data.duplicate"), icon: "copy", onClick: () => onNew({ sql: shown?.sql ?? "" }) }, null,
      { title: say("data.close-tab"), icon: "close", onClick: () => onClose(current) },
    ]} />
    ${isRenaming && shown && html`<${Rename} name=${shown.name} onClose=${() => setRenaming(false)} onName=${(/** @type {string} */ name) => changeTab(current, { name })} />`}</div>`;
}

/** @param {{name: string, onName: (name: string) => void, onClose: () => void}} props */
function Rename({ name, onName, onClose }) {
  const [value, setValue] = useState(name);
  return html`<${Dialog} title=${say("data.rename")} onClose=${onClose}><${Form} submit=${say("data.rename")} onCancel=${onClose} onSubmit=${() => { onName(value.trim()); onClose(); }}>
    <${Field} label=${say("data.name")} value=${value} onInput=${setValue} required maxlength="100" autofocus /></${Form}></${Dialog}>`;
}
