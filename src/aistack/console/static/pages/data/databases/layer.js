// @ts-check
// The semantic layer of a database: YAML that is checked while it is written, and its versions.

import { html, useEffect, useMemo, useState } from "../../../vendor/preact.js";
import { useResource } from "../../../api/resource.js";
import { Badge, Button } from "../../../components/button.js";
import { CodeEditor } from "../../../components/code_editor.js";
import { CopyAs } from "../../../components/copy.js";
import { confirmed } from "../../../components/dialog.js";
import { Select } from "../../../components/field.js";
import { dateTime } from "../../../components/format.js";
import { Loaded, Notice } from "../../../components/states.js";
import { toast } from "../../../components/toast.js";
import { useQuery } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { draftLayer, layerPath, listLayerVersions, restoreLayer, saveLayer, showLayer, showSchema } from "../api.js";
import { ErrorNotice } from "../error_notice.js";
import { findingsIn, lineOf } from "./layer_check.js";

const WAIT_MS = 250, SHOWN_MAX = 20;
/** @typedef {import("../api.js").Layer} Layer */

/** @param {{connection: import("../api.js").Connection, mayEdit: boolean}} props */
export function LayerEditor({ connection, mayEdit }) {
  const [wanted, setWanted] = useQuery("version");
  const loaded = useResource(async (signal) => {
    const [layer, versions, schema] = await Promise.all([showLayer(connection.id, wanted ? Number(wanted) : null, signal),
      listLayerVersions(connection.id, signal), showSchema(connection.id, false, signal)]);
    return { layer, versions, schema };
  }, [connection.id, wanted]);
  return html`<${Loaded} of=${loaded} rows=${10}>${(/** @type {{layer: Layer, versions: any[], schema: import("../api.js").Schema}} */ found) => html`
    <${Editor} key=${`${found.layer.version} ${wanted}`} ...${found} connection=${connection} mayEdit=${mayEdit} isOld=${wanted !== "" && Number(wanted) !== found.versions[0]?.version}
      onVersion=${setWanted} reload=${() => { if (wanted) setWanted(""); else loaded.reload(); }} />`}</${Loaded}>`;
}

/** @param {{layer: Layer, versions: {version: number, about: string, created_at: string}[], schema: import("../api.js").Schema, connection: import("../api.js").Connection,
 *   mayEdit: boolean, isOld: boolean, onVersion: (version: string) => void, reload: () => void}} props */
function Editor({ layer, versions, schema, connection, mayEdit, isOld, onVersion, reload }) {
  const [text, setText] = useState(layer.text), [error, setError] = useState(/** @type {any} */ (null));
  const { findings, isChecked } = useFindings(text, schema.tables), isChanged = text !== layer.text;
  const problems = useMemo(() => findings.map((one) => ({ from: one.from, to: one.to, message: messageOf(one) })), [findings]);
  const names = useMemo(() => Object.fromEntries(schema.tables.map((one) => [one.name, one.columns.map((column) => column.name)])), [schema]);
  const save = async () => {
    setError(null);
    try {
      const saved = await saveLayer(connection.id, { text, version: layer.version });
      toast(say("data.layer-saved", saved.version));
      reload();
    } catch (problem) { setError(problem); }
  };
  const draft = async () => {
    if (text.trim() && !await confirmed({ title: say("data.sure-draft"), text: say("data.sure-draft-text"), action: say("data.draft") })) return;
    setText((await draftLayer(connection.id)).text);
  };
  const restore = async () => {
    const saved = await restoreLayer(connection.id, layer.version);
    toast(say("data.layer-saved", saved.version));
    reload();
  };
  const choices = versions.map((one) => ({ id: String(one.version), title: [say("data.version", one.version), dateTime(one.created_at), one.about].filter(Boolean).join(" · ") }));
  return html`<p class="muted small">${say("data.layer-lead")}</p>
    <div class="row wrap"><${Badge} kind=${layer.version ? "accent" : ""}>${layer.version ? say("data.version", layer.version) : say("data.not-set-up")}</${Badge}>
      ${isChanged && html`<${Badge} kind="warn">${say("data.unsaved")}</${Badge}>`}
      ${choices.length > 1 && html`<${Select} label=${say("data.versions")} value=${String(layer.version)} options=${choices} onChange=${(/** @type {string} */ one) => onVersion(Number(one) === versions[0].version ? "" : one)} />`}
      <span class="grow"></span><${CopyAs} call=${() => ({ method: "PUT", path: layerPath(connection.id), body: { text, version: layer.version } })} />
      ${mayEdit && html`${isOld ? html`<${Button} icon="undo" onClick=${restore}>${say("data.restore")}</${Button}>` : html`<${Button} icon="edit" onClick=${draft}>${say("data.draft")}</${Button}>
        <${Button} kind="primary" icon="check" disabled=${!isChanged} onClick=${save}>${say("data.save")}</${Button}>`}`}</div>
    <div class="data-layer"><${CodeEditor} value=${text} label=${say("data.view-layer")} language="yaml" schema=${names} isReadOnly=${!mayEdit || isOld} problems=${problems} placeholder=${say("data.layer-example")} onChange=${setText} /></div>
    <div class="stack tight" role="status" aria-label=${say("data.checks")}>${findings.length > 0 ? html`<${Notice} kind="warn"><strong>${say("data.problems", findings.length)}</strong><ul>${findings.slice(0, SHOWN_MAX).map((one) => html`
      <li>${say("data.line", lineOf(text, one.from))}: ${messageOf(one)}</li>`)}</ul></${Notice}>` : isChecked && text.trim() && html`<p class="muted small">${say("data.no-problems")}</p>`}</div>
    <${ErrorNotice} error=${error} />`;
}

/** @param {import("./layer_check.js").Finding} one */
const messageOf = (one) => say(`data.layer-${one.kind}`, one.name);

/** @param {string} text @param {import("../api.js").TableInfo[]} tables */
function useFindings(text, tables) {
  const [state, setState] = useState({ findings: /** @type {import("./layer_check.js").Finding[]} */ ([]), isChecked: false });
  useEffect(() => {
    let isGone = false;
    const timer = setTimeout(async () => {
      const library = await import("../../../vendor/codemirror.js").catch(() => null);
      if (library && !isGone) setState({ findings: findingsIn(text, library.yaml().language.parser, tables), isChecked: true });
    }, WAIT_MS);
    return () => { isGone = true; clearTimeout(timer); };
  }, [text, tables]);
  return state;
}
