// @ts-check
// What can be done with the statement of a tab: run, cancel, explain, save, export.

import { html, useState } from "../../../vendor/preact.js";
import { Button } from "../../../components/button.js";
import { CopyAs } from "../../../components/copy.js";
import { Select } from "../../../components/field.js";
import { number } from "../../../components/format.js";
import { Menu } from "../../../components/menu.js";
import { toast } from "../../../components/toast.js";
import { go } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { QUERY, exportQuery, openJob } from "../api.js";
import { isStore } from "../dialects.js";
import { SaveDialog } from "../kept/save_dialog.js";
import { cancel, explain, statement } from "./running.js";
import { changeTab } from "./tabs.js";

const LIMITS = [100, 1000, 10_000, 50_000];
/** The formats of a file, with the request's fields. */
const FORMATS = /** @type {const} */ ({
  csv: { format: "csv" }, excel: { format: "csv", csv: { bom: true, defuse_formulas: true } }, parquet: { format: "parquet" }, arrow: { format: "arrow" }, ndjson: { format: "ndjson" },
});

/** @param {{tab: import("./tabs.js").Tab, connection: import("../api.js").Connection, outcome?: import("./tabs.js").Outcome, limit: number, onLimit: (limit: number) => void, onRun: () => void}} props */
export function Toolbar({ tab, connection, outcome, limit, onLimit, onRun }) {
  const [isSaving, setSaving] = useState(false);
  const isRunning = outcome?.isRunning ?? false, isBlank = !tab.sql.trim(), isCommand = isStore(connection.engine);
  const fileName = (tab.name.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^-+|-+$/g, "") || "result").slice(0, 80);
  const save = async (/** @type {keyof typeof FORMATS} */ kind) => {
    toast(say("data.exporting"), { kind: "" });
    await exportQuery(statement(tab, tab.sql, FORMATS[kind]), `${fileName}.${FORMATS[kind].format}`);
  };
  const inBackground = async () => {
    await openJob(statement(tab, tab.sql, { format: "csv" }));
    toast(say("data.job-started"), { action: { title: say("data.show-jobs"), run: () => go("/data/saved?show=jobs") } });
  };
  const items = [.../** @type {(keyof typeof FORMATS)[]} */ (Object.keys(FORMATS)).map((kind) => ({ title: say(`data.export-${kind}`), icon: "download", onClick: () => save(kind) })), null,
    { title: say("data.run-as-job"), icon: "play", onClick: inBackground }];
  const limits = LIMITS.map((one) => ({ id: String(one), title: say("data.row-limit", number(one)) }));
  return html`<div class="data-bar data-toolbar" role="toolbar" aria-label=${say("data.statement")}>
    ${isRunning ? html`<${Button} kind="danger" icon="stop" onClick=${() => cancel(tab)}>${say("shell.cancel")}</${Button}>`
      : html`<${Button} kind="primary" icon="play" disabled=${isBlank} title=${say("data.run-hint")} onClick=${onRun}>${say("data.run")}</${Button}>`}
    ${!isCommand && html`<${Button} disabled=${isBlank || isRunning} onClick=${() => explain(tab, tab.sql)}>${say("data.explain")}</${Button}>
      <${Button} icon="check" disabled=${isBlank} onClick=${() => setSaving(true)}>${say("data.save")}</${Button}>
      ${!isBlank && html`<${Menu} kind="" icon="download" side="left" label=${say("data.export")} items=${items}>${say("data.export")}</${Menu}>`}
      <span class="grow"></span><${Select} label=${say("data.rows-max")} value=${String(limit)} options=${limits} onChange=${(/** @type {string} */ one) => onLimit(Number(one))} />`}
    <${CopyAs} call=${() => (isCommand ? { method: "POST", path: `${QUERY}/command`, body: { connection_id: connection.name, command: tab.sql } } : { method: "POST", path: QUERY, body: { ...statement(tab, tab.sql, { limit }), connection_id: connection.name } })} />
    ${isSaving && html`<${SaveDialog} sql=${tab.sql} connection=${connection.id} parameters=${statement(tab, tab.sql).params} saved=${tab.saved} name=${tab.saved ? tab.name : ""} onClose=${() => setSaving(false)}
      onSaved=${(/** @type {import("../api.js").Saved} */ one) => changeTab(tab.id, { saved: one.id, name: one.name })} />`}</div>`;
}
