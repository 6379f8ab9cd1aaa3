// @ts-check
// The dialog that saves a query, with its schedule.

import { html, useState } from "../../../vendor/preact.js";
import { useResource } from "../../../api/resource.js";
import { CopyAs } from "../../../components/copy.js";
import { Dialog, Form } from "../../../components/dialog.js";
import { Check, Field } from "../../../components/field.js";
import { toast } from "../../../components/toast.js";
import { addressOf, go } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { QUERY, listSaved, saveQuery, savedPath } from "../api.js";
import { scheduleChoices } from "./schedules.js";

/** @typedef {import("../api.js").Saved} Saved */

/**
 * `saved` is the id of the query that the statement came from; `existing` that query when only its details change.
 * @param {{sql: string, connection: string, parameters?: Record<string, any>, saved?: string, existing?: Saved, name?: string, onClose: () => void, onSaved: (saved: Saved) => void}} props
 */
export function SaveDialog({ sql, connection, parameters, saved, existing, name: firstName = "", onClose, onSaved }) {
  const [name, setName] = useState(existing?.name ?? firstName), [about, setAbout] = useState(existing?.about ?? ""), [every, setEvery] = useState(String(existing?.every_seconds ?? ""));
  const [isCopy, setCopy] = useState(false), all = useResource(listSaved, []);
  const origin = existing ?? all.data?.find((one) => one.id === saved), mayReplace = Boolean(origin) && ["edit", "manage"].includes(origin?.yours ?? "");
  const isReplacing = mayReplace && !isCopy;
  const clashes = !isReplacing && all.data?.some((one) => one.name === name.trim() && one.yours === "manage");
  const body = () => ({ name: name.trim(), about: about.trim(), connection_id: connection, sql, ...(parameters ? { parameters } : {}), ...(every ? { every_seconds: Number(every) } : {}) });
  const save = async () => {
    const made = await saveQuery(body(), isReplacing ? origin?.id : undefined);
    toast(say("data.query-saved", made.name), { action: { title: say("data.open"), run: () => go(addressOf(["data", "saved", made.id])) } });
    onSaved(made);
    onClose();
  };
  return html`<${Dialog} title=${say(existing ? "data.edit-query" : "data.save-query")} onClose=${onClose} actions=${html`<${CopyAs} call=${() => ({ method: isReplacing ? "PUT" : "POST", path: isReplacing && origin ? savedPath(origin.id) : `${QUERY}/saved`, body: body() })} />`}>
    <${Form} onSubmit=${save} submit=${say("data.save")} onCancel=${onClose}>
      <${Field} label=${say("data.query-name")} value=${name} onInput=${setName} required maxlength="100" autofocus hint=${clashes ? say("data.replaces") : undefined} />
      <${Field} label=${say("data.about")} value=${about} onInput=${setAbout} maxlength="2000" rows=${2} />
      <${Field} label=${say("data.schedule")} value=${every} onInput=${setEvery} options=${scheduleChoices(existing?.every_seconds)} hint=${say("data.schedule-hint")} />
      ${mayReplace && !existing && html`<${Check} label=${say("data.save-as-new")} checked=${isCopy} onChange=${setCopy} />`}
    </${Form}></${Dialog}>`;
}
