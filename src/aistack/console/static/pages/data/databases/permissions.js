// @ts-check
// Who may see, ask, run and write; which tables exist for everyone; masks of columns and filters of rows.

import { html, useEffect, useState } from "../../../vendor/preact.js";
import { useResource } from "../../../api/resource.js";
import { canShare } from "../../../api/session.js";
import { Button } from "../../../components/button.js";
import { CopyAs } from "../../../components/copy.js";
import { Field } from "../../../components/field.js";
import { Loaded, Notice } from "../../../components/states.js";
import { SubjectPicker, described, learn } from "../../../components/subjects.js";
import { toast } from "../../../components/toast.js";
import { say } from "../../../shell/words.js";
import { changeConnection, connectionPath, showSchema } from "../api.js";
import { ErrorNotice } from "../error_notice.js";
import { Filters, Masks } from "./rules.js";

const RIGHTS = /** @type {const} */ (["see", "ask", "run", "write"]);
/** @typedef {import("../api.js").Connection} Connection */

/** Names in a text, separated by commas or spaces. @param {string} text */
const namesIn = (text) => text.split(/[,，\n]+/).map((one) => one.trim()).filter(Boolean);

/** @param {{connection: Connection, mayManage: boolean, onSaved: () => void}} props */
export function Permissions({ connection, mayManage, onSaved }) {
  const schema = useResource(async (signal) => {
    const { roles, rules } = connection;
    await learn([...RIGHTS.flatMap((one) => roles[one] ?? []), ...(rules.masks ?? []).flatMap((one) => one.except_for ?? []), ...(rules.filters ?? []).flatMap((one) => one.except_for ?? [])]);
    return showSchema(connection.id, false, signal).catch(() => ({ tables: [] })); // a server that is away must not lock its rules
  }, [connection.id]);
  return html`<${Loaded} of=${schema}>${(/** @type {import("../api.js").Schema} */ found) => html`<${Editor} connection=${connection} tables=${found.tables} mayManage=${mayManage} onSaved=${onSaved} />`}</${Loaded}>`;
}

/** @param {{connection: Connection, tables: import("../api.js").TableInfo[], mayManage: boolean, onSaved: () => void}} props */
function Editor({ connection, tables, mayManage, onSaved }) {
  const [roles, setRoles] = useState(connection.roles), [rules, setRules] = useState(connection.rules), [error, setError] = useState(/** @type {any} */ (null));
  useEffect(() => { setRoles(connection.roles); setRules(connection.rules); }, [connection]);
  const isChanged = JSON.stringify([roles, rules]) !== JSON.stringify([connection.roles, connection.rules]);
  const body = () => ({ roles, rules: { ...rules, masks: (rules.masks ?? []).filter((one) => one.table || one.column), filters: (rules.filters ?? []).filter((one) => one.table || one.where) }, test: false });
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setError(null);
    try {
      await changeConnection(connection.id, body());
      toast(say("shell.saved"));
      onSaved();
    } catch (problem) { setError(problem); }
  };
  const only = rules.only ?? {};
  return html`<form class="stack loose" onSubmit=${save}>
    ${!mayManage && html`<${Notice}>${say("data.only-managers")}</${Notice}>`}
    <fieldset class="data-plain stack" disabled=${!mayManage}>
      <section class="stack tight" aria-label=${say("data.roles")}><h2>${say("data.roles")}</h2><p class="muted small">${say("data.roles-lead")}</p>
        ${RIGHTS.map((right) => html`<${Holders} key=${right} label=${say(`data.may-${right}`)} value=${roles[right] ?? []} onChange=${(/** @type {string[]} */ all) => setRoles({ ...roles, [right]: all })} />`)}</section>
      <section class="stack tight" aria-label=${say("data.limits")}><h2>${say("data.limits")}</h2><p class="muted small">${say("data.limits-lead")}</p>
        <div class="columns">${/** @type {const} */ (["schemas", "tables"]).map((kind) => html`<${Field} key=${kind} label=${say(`data.only-${kind}`)} value=${(only[kind] ?? []).join(", ")} placeholder=${say("data.all")}
          onChange=${(/** @type {any} */ event) => setRules({ ...rules, only: { ...only, [kind]: namesIn(event.currentTarget.value) } })} />`)}</div></section>
      <${Masks} masks=${rules.masks ?? []} tables=${tables} onChange=${(/** @type {any[]} */ masks) => setRules({ ...rules, masks })} />
      <${Filters} filters=${rules.filters ?? []} tables=${tables} onChange=${(/** @type {any[]} */ filters) => setRules({ ...rules, filters })} />
    </fieldset>
    <${ErrorNotice} error=${error} />
    ${mayManage && html`<div class="form-actions"><${CopyAs} call=${() => ({ method: "PATCH", path: connectionPath(connection.id), body: body() })} /><${Button} type="submit" kind="primary" disabled=${!isChanged}>${say("data.save")}</${Button}></div>`}
  </form>`;
}

/** A list of people, groups and keys. @param {{label: string, value: string[], onChange: (all: string[]) => void}} props */
function Holders({ label, value, onChange }) {
  const [typed, setTyped] = useState(""), [turn, setTurn] = useState(0);
  const add = (/** @type {string} */ one) => {
    if (!one.trim()) return;
    onChange([...new Set([...value, ...namesIn(one)])]);
    setTyped("");
    setTurn(turn + 1);
  };
  const remove = (/** @type {string} */ one) => onChange(value.filter((other) => other !== one));
  const nameOf = (/** @type {string} */ one) => (one === "*" ? say("data.all-with-access") : one.includes(":") ? described(one).name : one);
  const press = (/** @type {KeyboardEvent} */ event) => { if (event.key === "Enter") { event.preventDefault(); add(typed); } };
  return html`<div class="data-holders" role="group" aria-label=${label}><span class="label">${label}</span>
    <div class="row wrap">${value.length === 0 && html`<span class="muted small">${say("data.nobody")}</span>`}${value.map((one) => html`<span key=${one} class="badge" title=${one}><bdi>${nameOf(one)}</bdi>
      <button type="button" class="data-chip-remove" aria-label=${say("data.remove-from", nameOf(one), label)} onClick=${() => remove(one)}>×</button></span>`)}
      ${!value.includes("*") && html`<${Button} size="small" kind="ghost" onClick=${() => add("*")}>${say("data.allow-all")}</${Button}>`}
      ${canShare() ? html`<${SubjectPicker} key=${turn} label=${say("data.add-to", label)} kinds=${["user", "group", "service-account"]} onChoose=${add} />`
        : html`<input class="input data-holder-input" aria-label=${say("data.add-to", label)} placeholder="user:…, group:…, key:…" value=${typed} onInput=${(/** @type {any} */ event) => setTyped(event.currentTarget.value)} onKeyDown=${press} onBlur=${() => add(typed)} />`}</div></div>`;
}
