// @ts-check
// The dialog that connects a database, or changes how one is connected: by a URL, or by fields.

import { html, useState } from "../../../vendor/preact.js";
import { Button, Segmented } from "../../../components/button.js";
import { CopyAs } from "../../../components/copy.js";
import { Dialog, Form } from "../../../components/dialog.js";
import { Check, Field } from "../../../components/field.js";
import { Notice } from "../../../components/states.js";
import { say } from "../../../shell/words.js";
import { CONNECTIONS, changeConnection, connectionPath, createConnection } from "../api.js";
import { ENGINES, isFile, optionsOf } from "../dialects.js";

const TLS = ["prefer", "require", "verify", "off"];
const SECRETS = ["password", "ssh_key", "ssh_password", "url"], PORTS = ["port", "ssh_port"];
/** @typedef {Record<string, string>} Values */

/**
 * The request that the form stands for. Fields that are empty are left out.
 * @param {Values} values @param {{way: string, isTested: boolean, hasSamples: boolean}} how
 */
export function bodyOf(values, { way, isTested, hasSamples }) {
  const shown = way === "url" ? ["name", "url"] : Object.keys(values).filter((one) => one !== "url");
  /** @type {Record<string, unknown>} */
  const body = Object.fromEntries(shown.filter((one) => values[one]?.trim()).map((one) => [one, SECRETS.includes(one) ? values[one] : values[one].trim()]));
  for (const one of PORTS) if (body[one]) body[one] = Number(body[one]);
  if (typeof body.options === "string") body.options = optionsOf(body.options);
  return { ...body, ...(hasSamples ? {} : { samples: false }), ...(isTested ? {} : { test: false }) };
}

/** The database's or file's name in a URL, as a first name for the connection. @param {string} url */
export const nameIn = (url) => decodeURIComponent(url.split(/[?#]/)[0].replace(/\/+$/, "").split("/").pop() ?? "").replace(/\.\w+$/, "").replace(/[^\w .()-]/g, "-").slice(0, 100);

/** @param {{onClose: () => void, onMade: (id: string) => void, changed?: import("../api.js").Connection}} props with `changed`, an existing connection is changed */
export function NewDatabase({ onClose, onMade, changed }) {
  const [way, setWay] = useState("url"), [values, setValues] = useState(/** @type {Values} */ ({ engine: changed?.engine ?? "postgres", tls: changed ? "" : "prefer", name: changed?.name ?? "" }));
  const [hasSamples, setSamples] = useState(changed?.samples ?? true), [isTested, setTested] = useState(true), [hasFailed, setFailed] = useState(false);
  const set = (/** @type {string} */ name) => (/** @type {string} */ value) => setValues((before) => ({ ...before, [name]: value,
    ...(name === "url" && (!before.name || before.name === nameIn(before.url ?? "")) ? { name: nameIn(value) } : {}) }));
  const body = () => {
    const { engine, ...rest } = values;
    const made = bodyOf(changed || way === "url" ? rest : { engine, ...rest }, { way, isTested, hasSamples: changed ? true : hasSamples });
    return changed ? { ...made, samples: hasSamples } : made;
  };
  const connect = async () => {
    try {
      const made = changed ? await changeConnection(changed.id, body()) : await createConnection(body());
      onClose();
      onMade(made.id);
    } catch (error) { setFailed(true); throw error; }
  };
  const field = (/** @type {string} */ name, /** @type {Record<string, unknown>} */ more = {}) => html`<${Field} label=${say(`data.field-${name}`)} value=${values[name] ?? ""} onInput=${set(name)} maxlength="255" spellcheck=${false} ...${more} />`;
  const ways = [{ id: "url", title: say("data.by-url") }, { id: "fields", title: say("data.by-fields") }];
  const shown = () => ({ method: changed ? "PATCH" : "POST", path: changed ? connectionPath(changed.id) : CONNECTIONS, body: Object.fromEntries(Object.entries(body()).map(([name, value]) => [name, SECRETS.includes(name) && name !== "url" ? "…" : name === "url" ? String(value).replace(/:[^:@/]+@/, ":…@") : value])) });
  return html`<${Dialog} title=${say(changed ? "data.edit-connection" : "data.connect")} onClose=${onClose} kind="wide" actions=${html`<${CopyAs} call=${shown} />`}>
    <${Segmented} label=${say("data.way")} options=${ways} value=${way} onChange=${setWay} />
    <${Form} onSubmit=${connect} submit=${say(changed ? "data.save" : "data.connect-action")} onCancel=${onClose}>
      ${way === "url" ? html`${field("url", { required: true, maxlength: 4000, hint: say("data.url-hint"), placeholder: "postgresql://reader:secret@db.example:5432/shop", autofocus: true })}${field("name", { required: true, maxlength: 100 })}`
        : html`<div class="data-fields">${field("name", { required: true, maxlength: 100 })}
          ${!changed && html`<${Field} label=${say("data.engine")} value=${values.engine} onInput=${set("engine")} options=${Object.entries(ENGINES).map(([id, title]) => ({ id, title }))} />`}
          ${isFile(values.engine) ? field("path", { required: !changed, maxlength: 1000, hint: say("data.path-hint") }) : html`${field("host", { required: !changed && values.engine !== "bigquery" })}${field("port", { inputmode: "numeric", pattern: "\\d*", maxlength: 5, hint: say("data.port-hint") })}
            ${field("database")}${field("user")}${field("password", { type: "password", autocomplete: "new-password", maxlength: 10_000, hint: changed ? say("data.unchanged-hint") : undefined })}
            <${Field} label=${say("data.field-tls")} value=${values.tls} onInput=${set("tls")} options=${[...(changed ? [{ id: "", title: say("data.unchanged") }] : []), ...TLS.map((one) => ({ id: one, title: say(`data.tls-${one}`) }))]} />`}</div>
          ${!isFile(values.engine) && html`<details><summary>${say("data.over-ssh")}</summary><div class="data-fields">${field("ssh_host")}${field("ssh_port", { inputmode: "numeric", pattern: "\\d*", maxlength: 5 })}${field("ssh_user")}
            ${field("ssh_host_key", { maxlength: 5000, hint: say("data.host-key-hint") })}${field("ssh_key", { rows: 3, maxlength: 20_000 })}</div></details>`}
          <details><summary>${say("data.more-options")}</summary><div class="data-fields">${!isFile(values.engine) && field("ca_file", { maxlength: 1000 })}${field("options", { maxlength: 1000, hint: say("data.options-hint") })}</div></details>`}
      <${Check} label=${say("data.samples")} checked=${hasSamples} onChange=${setSamples} />
      ${(hasFailed || !isTested) && html`<${Check} label=${say("data.without-test")} checked=${!isTested} onChange=${(/** @type {boolean} */ one) => setTested(!one)} />`}
    </${Form}>
    ${!changed && html`<${Notice}>${say("data.account-advice")}</${Notice}>`}
  </${Dialog}>`;
}

/** The button that opens the dialog for a connection there is. @param {{connection: import("../api.js").Connection, onChanged: () => void}} props */
export function EditDatabase({ connection, onChanged }) {
  const [isOpen, setOpen] = useState(false);
  return html`<${Button} icon="edit" onClick=${() => setOpen(true)}>${say("data.edit")}</${Button}>${isOpen && html`<${NewDatabase} changed=${connection} onClose=${() => setOpen(false)} onMade=${onChanged} />`}`;
}
