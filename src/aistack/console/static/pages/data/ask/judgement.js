// @ts-check
// Whether an answer is right; a wrong one can be corrected with the right statement.

import { html, useEffect, useState } from "../../../vendor/preact.js";
import { useResource } from "../../../api/resource.js";
import { isAbort } from "../../../api/errors.js";
import { Button } from "../../../components/button.js";
import { CodeEditor } from "../../../components/code_editor.js";
import { CopyAs } from "../../../components/copy.js";
import { Dialog, Form } from "../../../components/dialog.js";
import { Field } from "../../../components/field.js";
import { Notice } from "../../../components/states.js";
import { say } from "../../../shell/words.js";
import { AI, assess, sendFeedback, showSchema } from "../api.js";

const WAIT_MS = 500;
/** @typedef {import("../api.js").Answer} Answer */

/** @param {{answer: Answer, connection: import("../api.js").Connection, onAgain: () => void}} props */
export function Judgement({ answer, connection, onAgain }) {
  const [noted, setNoted] = useState(""), [isCorrecting, setCorrecting] = useState(false);
  const confirm = async () => { await sendFeedback({ question_id: answer.id, right: true }); setNoted("right"); };
  if (noted) return html`<${Notice} kind="good">${say(`data.noted-${noted}`)} ${noted === "corrected" && html`<${Button} size="small" icon="refresh" onClick=${onAgain}>${say("data.ask-again")}</${Button}>`}</${Notice}>`;
  return html`<div class="row wrap"><${Button} size="small" icon="check" onClick=${confirm}>${say("data.right")}</${Button}><${Button} size="small" icon="edit" onClick=${() => setCorrecting(true)}>${say("data.wrong")}</${Button}>
    ${isCorrecting && html`<${Correction} answer=${answer} connection=${connection} onClose=${() => setCorrecting(false)} onNoted=${setNoted} />`}</div>`;
}

/** @param {{answer: Answer, connection: import("../api.js").Connection, onClose: () => void, onNoted: (how: string) => void}} props */
function Correction({ answer, connection, onClose, onNoted }) {
  const [sql, setSql] = useState(answer.sql ?? ""), [comment, setComment] = useState(""), schema = useResource((signal) => showSchema(connection.id, false, signal), [connection.id]);
  const isChanged = sql.trim() !== (answer.sql ?? "").trim() && sql.trim() !== "", checked = useAssessment(connection.id, isChanged ? sql : "");
  const body = () => ({ question_id: answer.id, right: false, comment: comment.trim(), ...(isChanged ? { sql } : {}) });
  const send = async () => {
    await sendFeedback(body());
    onNoted(isChanged ? "corrected" : "wrong");
    onClose();
  };
  const names = Object.fromEntries((schema.data?.tables ?? []).map((one) => [one.name, one.columns.map((column) => column.name)]));
  return html`<${Dialog} title=${say("data.correct")} kind="wide" onClose=${onClose} actions=${html`<${CopyAs} call=${() => ({ method: "POST", path: `${AI}/feedback`, body: body() })} />`}><p class="muted small"><bdi>${answer.question}</bdi></p>
    <${Form} onSubmit=${send} submit=${say(isChanged ? "data.save-correction" : "data.report-wrong")} onCancel=${onClose}>
      <div class="field"><span class="label">${say("data.right-sql")}</span><${CodeEditor} value=${sql} label=${say("data.right-sql")} language="sql" engine=${connection.engine} schema=${names} onChange=${setSql} /><span class="hint">${say("data.right-sql-hint")}</span></div>
      <div role="status">${checked && (checked.valid ? html`<${Notice} kind="good">${say("data.valid-sql")}</${Notice}>` : html`<${Notice} kind="bad">${(checked.errors ?? []).join(" ")}</${Notice}>`)}</div>
      <${Field} label=${say("data.comment")} value=${comment} onInput=${setComment} maxlength="2000" /></${Form}></${Dialog}>`;
}

/** Whether a statement may run, checked while it is written. @param {string} connection @param {string} sql */
function useAssessment(connection, sql) {
  const [checked, setChecked] = useState(/** @type {import("../api.js").AiSchemas["Assessment"] | null} */ (null));
  useEffect(() => {
    setChecked(null);
    if (!sql.trim()) return undefined;
    const stopper = new AbortController();
    const timer = setTimeout(() => assess({ connection_id: connection, sql }, stopper.signal).then(setChecked, (error) => isAbort(error) || setChecked({ valid: false, errors: [error.message] })), WAIT_MS);
    return () => { stopper.abort(); clearTimeout(timer); };
  }, [connection, sql]);
  return checked;
}
