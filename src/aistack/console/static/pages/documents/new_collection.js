// @ts-check
// The dialog that creates a collection.

import { html, useState } from "../../vendor/preact.js";
import { Dialog, Form } from "../../components/dialog.js";
import { Field } from "../../components/field.js";
import { say } from "../../shell/words.js";
import { createCollection } from "./api.js";

/** @param {{onClose: () => void, onMade: (id: string) => void}} props */
export function NewCollection({ onClose, onMade }) {
  const [name, setName] = useState("");
  const create = async () => {
    const made = await createCollection(name.trim());
    onClose();
    onMade(made.id);
  };
  return html`<${Dialog} title=${say("documents.new-collection")} onClose=${onClose}><${Form} onSubmit=${create} submit=${say("documents.create")} onCancel=${onClose}>
    <${Field} label=${say("documents.collection-name")} hint=${say("documents.collection-hint")} value=${name} onInput=${setName} required maxlength="64" pattern="[a-z0-9][a-z0-9_\\-]*" autofocus /></${Form}></${Dialog}>`;
}
