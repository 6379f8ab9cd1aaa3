// @ts-check
// What testing a connection found: whether it answers, how fast, whether its account may write.

import { html } from "../../../vendor/preact.js";
import { Badge } from "../../../components/button.js";
import { dateTime, duration } from "../../../components/format.js";
import { Notice } from "../../../components/states.js";
import { say } from "../../../shell/words.js";

/** @typedef {import("../api.js").Test} Test */

/** @param {{tested: Test | null}} props */
export function StateBadge({ tested }) {
  if (!tested) return html`<${Badge}>${say("data.untested")}</${Badge}>`;
  return html`<${Badge} kind=${tested.ok ? "good" : "bad"} title=${tested.error || dateTime(tested.tested_at)}>${say(tested.ok ? "data.reachable" : "data.unreachable")}</${Badge}>`;
}

/** Whether the database account may write; the stack itself writes only for those who have the right to. @param {{tested: Test | null}} props */
export function AccountBadge({ tested }) {
  if (!tested?.ok || tested.may_write === null || tested.may_write === undefined) return null;
  return html`<${Badge} kind=${tested.may_write ? "warn" : ""} title=${say(tested.may_write ? "data.writes-text" : "data.reads-text")}>${say(tested.may_write ? "data.writes" : "data.reads")}</${Badge}>`;
}

/** @param {{tested: Test}} props */
export function Diagnosis({ tested }) {
  const latency = tested.latency_ms ? ` · ${duration(tested.latency_ms / 1000)}` : "";
  return html`<div class="stack tight" role="group" aria-label=${say("data.test-result")}>
    ${tested.ok ? html`<${Notice} kind="good"><strong>${tested.server || say("data.reachable")}</strong>${latency} · ${dateTime(tested.tested_at)}</${Notice}>`
      : html`<${Notice} kind="bad"><strong>${say("data.unreachable")}</strong><div>${tested.error}</div></${Notice}>`}
    ${(tested.refused ?? []).length > 0 && html`<${Notice} kind="bad"><strong>${say("data.refused")}</strong><ul>${tested.refused?.map((one) => html`<li>${one}</li>`)}</ul></${Notice}>`}
    ${(tested.warnings ?? []).map((one) => html`<${Notice} kind="warn">${one}</${Notice}>`)}</div>`;
}
