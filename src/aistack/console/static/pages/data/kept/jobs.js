// @ts-check
// Statements that ran or run in the background; followed while any does.

import { html } from "../../../vendor/preact.js";
import { download } from "../../../api/http.js";
import { usePolling, useResource } from "../../../api/resource.js";
import { Badge, Button } from "../../../components/button.js";
import { ago, dateTime, number, size } from "../../../components/format.js";
import { Menu } from "../../../components/menu.js";
import { Loaded, State } from "../../../components/states.js";
import { Table } from "../../../components/table.js";
import { toast } from "../../../components/toast.js";
import { say } from "../../../shell/words.js";
import { QUERY, deleteJob, listJobs } from "../api.js";

const KINDS = /** @type {const} */ ({ queued: "", running: "warn", done: "good", failed: "bad", cancelled: "" }), FOLLOW_SECONDS = 1.5;
/** @typedef {import("../api.js").Job} Job */

/** @param {{job: Job}} props */
export const JobBadge = ({ job }) => html`<${Badge} kind=${KINDS[job.state]} title=${job.error}>${say(`data.job-${job.state}`)}</${Badge}>`;
/** @param {Job} job @param {string} [name] */
export const downloadJob = (job, name = "result") => download(`${QUERY}/jobs/${job.id}/result`, `${name}.${job.format}`);

/** @param {{connections: import("../api.js").Connection[]}} props */
export function Jobs({ connections }) {
  const jobs = useResource(listJobs, []), isActive = (/** @type {Job} */ one) => one.state === "queued" || one.state === "running";
  usePolling(async () => jobs.replace(await listJobs()), FOLLOW_SECONDS, jobs.data?.some(isActive) ?? false);
  const remove = async (/** @type {Job} */ one) => {
    await deleteJob(one.id);
    toast(say(isActive(one) ? "data.job-was-cancelled" : "data.job-deleted"));
    jobs.reload();
  };
  const columns = [
    { id: "created", title: say("data.started"), width: "1fr", cell: (/** @type {Job} */ one) => html`<span title=${ago(one.created_at)}>${dateTime(one.created_at)}</span>` },
    { id: "database", title: say("data.database"), width: "1fr", isMinor: true, cell: (/** @type {Job} */ one) => html`<bdi>${connections.find((other) => other.id === one.connection_id)?.name ?? one.connection_id}</bdi>` },
    { id: "state", title: say("data.state"), width: "2fr", cell: (/** @type {Job} */ one) => html`<${JobBadge} job=${one} /> <span class="muted small">${one.state === "done" ? say("data.row-count", one.rows, number(one.rows)) : one.error}</span>` },
    { id: "size", title: say("data.size"), width: "100px", isRight: true, isMinor: true, cell: (/** @type {Job} */ one) => (one.bytes ? size(one.bytes) : "") },
    { id: "expires", title: say("data.expires"), width: "120px", isMinor: true, cell: (/** @type {Job} */ one) => html`<span class="muted" title=${dateTime(one.expires_at)}>${ago(one.expires_at)}</span>` },
    { id: "download", title: say("data.download"), width: "120px", cell: (/** @type {Job} */ one) => one.state === "done" && html`<${Button} size="small" icon="download" onClick=${() => downloadJob(one)}>${one.format.toUpperCase()}</${Button}>` },
    { id: "menu", title: say("data.more"), isMenu: true, cell: (/** @type {Job} */ one) => html`<${Menu} size="small" label=${say("data.job-actions", dateTime(one.created_at))} items=${[
      { title: say(isActive(one) ? "shell.cancel" : "data.delete"), icon: isActive(one) ? "stop" : "trash", isDangerous: true, onClick: () => remove(one) }]} />` },
  ];
  return html`<${Loaded} of=${jobs}>${(/** @type {Job[]} */ all) => html`<${Table} label=${say("data.show-jobs")} columns=${columns} count=${all.length} rowAt=${(/** @type {number} */ at) => all[at]} keyOf=${(/** @type {Job} */ one) => one.id}
    empty=${html`<${State} icon="play" title=${say("data.no-jobs")} text=${say("data.no-jobs-text")} />`} />`}</${Loaded}>`;
}
