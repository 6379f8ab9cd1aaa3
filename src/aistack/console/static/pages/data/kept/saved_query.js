// @ts-check
// One saved query: run it, change its schedule, share it.

import { html, useState } from "../../../vendor/preact.js";
import { useResource } from "../../../api/resource.js";
import { Badge, Button } from "../../../components/button.js";
import { CodeBlock } from "../../../components/code_block.js";
import { CopyAs } from "../../../components/copy.js";
import { confirmed } from "../../../components/dialog.js";
import { dateTime, duration, number } from "../../../components/format.js";
import { Icon } from "../../../components/icon.js";
import { Menu } from "../../../components/menu.js";
import { AbsentState, ShareButton } from "../../../components/share.js";
import { Loaded, Notice } from "../../../components/states.js";
import { toast } from "../../../components/toast.js";
import { Page, PageBody } from "../../../shell/page.js";
import { addressOf, go } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { deleteSaved, listJobs, listSaved, openJob, runSaved, savedPath } from "../api.js";
import { parameterValue } from "../dialects.js";
import { ErrorNotice } from "../error_notice.js";
import { ResultGrid } from "../result/result_grid.js";
import { openTab } from "../sql/tabs.js";
import { JobBadge, downloadJob } from "./jobs.js";
import { SaveDialog } from "./save_dialog.js";
import { scheduleText } from "./schedules.js";

/** @typedef {import("../api.js").Saved} Saved */
/** @typedef {import("../api.js").Connection} Connection */

/** @param {{id: string, connections: Connection[], tabs: any}} props */
export function SavedQuery({ id, connections, tabs }) {
  const all = useResource(async (signal) => ({ saved: await listSaved(signal), jobs: await listJobs(signal).catch(() => []) }), []);
  return html`<${Loaded} of=${all}>${(/** @type {{saved: Saved[], jobs: import("../api.js").Job[]}} */ { saved, jobs }) => {
    const one = saved.find((other) => other.id === id);
    if (!one) return html`<${Page} title=${say("data.title")}>${tabs}<${PageBody}><${AbsentState} title=${say("data.absent-query")} path=${savedPath(id)} home="/data/saved" /></${PageBody}></${Page}>`;
    return html`<${View} key=${one.updated_at} saved=${one} job=${jobs.find((other) => other.id === one.last_job)} connection=${connections.find((other) => other.id === one.connection_id)} reload=${all.reload} tabs=${tabs} />`;
  }}</${Loaded}>`;
}

/** @param {{saved: Saved, job?: import("../api.js").Job, connection?: Connection, reload: () => void, tabs: any}} props */
function View({ saved, job, connection, reload, tabs }) {
  const mayEdit = ["edit", "manage"].includes(saved.yours), names = Object.keys(saved.parameters ?? {});
  const [values, setValues] = useState(/** @type {Record<string, string>} */ (Object.fromEntries(names.map((name) => [name, String(saved.parameters?.[name] ?? "")]))));
  const [result, setResult] = useState(/** @type {import("../api.js").Result | null} */ (null)), [error, setError] = useState(/** @type {any} */ (null)), [isEditing, setEditing] = useState(false);
  const params = () => Object.fromEntries(names.map((name) => [name, parameterValue(values[name])]));
  const start = async () => {
    setError(null);
    try { setResult(await runSaved(saved.id, names.length ? { params: params() } : {})); } catch (problem) { setError(problem); }
  };
  const edit = () => {
    const made = openTab({ connection: saved.connection_id, sql: saved.sql, name: saved.name, saved: saved.id, parameters: values });
    go(addressOf(["data", "sql"], { tab: made.id, connection: saved.connection_id }));
  };
  const inBackground = async () => {
    await openJob({ connection_id: saved.connection_id, sql: saved.sql, params: names.length ? params() : undefined, format: "csv" });
    toast(say("data.job-started"), { action: { title: say("data.show-jobs"), run: () => go("/data/saved?show=jobs") } });
  };
  const remove = async () => {
    if (!await confirmed({ title: say("data.sure-delete-query", saved.name), text: say("data.sure-delete-query-text"), action: say("data.delete"), isDangerous: true })) return;
    await deleteSaved(saved.id);
    toast(say("data.query-deleted", saved.name));
    go("/data/saved");
  };
  const crumbs = html`<nav class="crumbs" aria-label=${say("data.path")}><a href="/data/saved">${say("data.tab-saved")}</a><${Icon} name="right" /><h1 class="truncate"><bdi>${saved.name}</bdi></h1></nav>`;
  const thing = { name: saved.name, path: savedPath(saved.id), link: addressOf(["data", "saved", saved.id]), about: say("data.query-levels") };
  const items = [{ title: say("data.run-as-job"), icon: "play", onClick: inBackground }, mayEdit && { title: say("data.edit-details"), icon: "edit", onClick: () => setEditing(true) },
    saved.yours === "manage" && null, saved.yours === "manage" && { title: say("data.delete"), icon: "trash", isDangerous: true, onClick: remove }];
  return html`<${Page} title=${saved.name} crumbs=${crumbs} actions=${html`<${Button} kind="primary" icon="play" onClick=${start}>${say("data.run")}</${Button}><${Button} icon="code" onClick=${edit}>${say("data.open-in-editor")}</${Button}>
      <${ShareButton} thing=${thing} /><${CopyAs} call=${() => ({ method: "POST", path: `${savedPath(saved.id)}/run`, body: names.length ? { params: params() } : {} })} /><${Menu} label=${say("data.more")} items=${items} />`}>${tabs}
    <${PageBody}>${saved.about && html`<p><bdi>${saved.about}</bdi></p>`}
      <p class="row wrap muted small"><span><bdi>${connection?.name ?? saved.connection_id}</bdi> · ${scheduleText(saved.every_seconds)}${saved.due_at && ` · ${say("data.next-at", dateTime(saved.due_at))}`}</span>
        ${job && html`<${JobBadge} job=${job} />${job.state === "done" && html`<${Button} size="small" icon="download" onClick=${() => downloadJob(job, saved.name)}>${say("data.last-result", dateTime(job.finished_at))}</${Button}>`}`}</p>
      ${saved.stopped && html`<${Notice} kind="warn">${say("data.schedule-stopped")} ${saved.stopped}</${Notice}>`}
      <${CodeBlock} code=${saved.sql} language="sql" name="query.sql" />
      ${names.length > 0 && html`<div class="data-parameters" role="group" aria-label=${say("data.parameters")}>${names.map((name) => html`<label key=${name} class="row small"><span class="code">:${name}</span>
        <input class="input code" value=${values[name]} onInput=${(/** @type {any} */ event) => setValues({ ...values, [name]: event.currentTarget.value })} /></label>`)}</div>`}
      <${ErrorNotice} error=${error} onRetry=${start} />
      ${result && html`<div class="row"><${Badge} kind="good">${say("data.rows", result.row_count, number(result.row_count), duration(result.elapsed_ms / 1000))}</${Badge}></div><${ResultGrid} key=${result.query_id} result=${result} label=${say("data.result")} heightMax=${520} />`}
      ${isEditing && html`<${SaveDialog} existing=${saved} sql=${saved.sql} connection=${saved.connection_id} parameters=${saved.parameters} onClose=${() => setEditing(false)} onSaved=${reload} />`}
    </${PageBody}></${Page}>`;
}
