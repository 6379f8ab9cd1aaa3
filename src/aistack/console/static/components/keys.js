// @ts-check
// The dialog of the caller's own API keys: create one, see it once, revoke it.

import { html, useState } from "../vendor/preact.js";
import { get, post, remove } from "../api/http.js";
import { useResource } from "../api/resource.js";
import { caller } from "../api/session.js";
import { say } from "../shell/words.js";
import { Badge, Button } from "./button.js";
import { CopyLine } from "./copy.js";
import { Dialog, Form, confirmed } from "./dialog.js";
import { Check, Field } from "./field.js";
import { date } from "./format.js";
import { Loaded, Notice } from "./states.js";

/** @param {{onClose: () => void}} props */
export function KeysDialog({ onClose }) {
  const [name, setName] = useState(""), [expires, setExpires] = useState(""), [isReader, setReader] = useState(false), [made, setMade] = useState("");
  const own = useResource(async (signal) => (await get("/gateway/keys", {}, signal)).keys.filter((/** @type {any} */ one) => one.subject === caller.value.subject), []);
  const create = async () => {
    const expires_at = expires ? `${expires}T23:59:59Z` : null;
    setMade((await post("/gateway/keys", { name: name.trim(), subject: caller.value.subject, read_only: isReader, expires_at })).key);
    setName("");
    own.reload();
  };
  const revoke = async (/** @type {any} */ key) => {
    if (!await confirmed({ title: say("shell.sure-revoke", key.name), text: say("shell.revoke-text"), action: say("shell.revoke"), isDangerous: true })) return;
    await remove(`/gateway/keys/${key.id}`);
    own.reload();
  };
  const about = (/** @type {any} */ key) => [`${key.start}…`, key.services === null ? say("shell.all-services") : key.services.join(", "),
    key.read_only && say("shell.read-only"), key.expires_at && say("shell.until", date(key.expires_at))].filter(Boolean).join(" · ");
  return html`<${Dialog} title=${say("shell.own-keys")} onClose=${onClose}><p class="muted small">${say("shell.keys-lead")}</p>
    <${Form} onSubmit=${create} submit=${say("shell.create-key")}><${Field} label=${say("shell.key-name")} value=${name} onInput=${setName} required maxlength="64" />
      <${Field} label=${say("shell.expires")} type="date" value=${expires} onInput=${setExpires} /><${Check} label=${say("shell.read-only")} checked=${isReader} onChange=${setReader} /></${Form}>
    ${made && html`<${Notice} kind="good">${say("shell.key-once")}</${Notice}><${CopyLine} key=${made} label=${say("shell.new-key")} value=${made} hasFocus />`}
    <${Loaded} of=${own} rows=${2}>${(/** @type {any[]} */ keys) => keys.length === 0 ? html`<p class="muted small">${say("shell.no-keys")}</p>` : html`<ul class="entries">${keys.map((key) => html`
      <li key=${key.id}><span class="subject"><b><bdi>${key.name}</bdi></b><span class="muted tiny">${about(key)}</span></span>
        <${Badge} kind=${key.state === "valid" ? "good" : ""}>${say(`shell.key-${key.state}`)}</${Badge}>
        ${key.state === "valid" && html`<${Button} size="small" label=${say("shell.revoke-of", key.name)} onClick=${() => revoke(key)}>${say("shell.revoke")}</${Button}>`}</li>`)}</ul>`}</${Loaded}>
  </${Dialog}>`;
}
