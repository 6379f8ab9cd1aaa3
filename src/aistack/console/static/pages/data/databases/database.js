// @ts-check
// One database: its state, tables, semantic layer and permissions.

import { html, useState } from "../../../vendor/preact.js";
import { Badge, Button } from "../../../components/button.js";
import { CopyAs } from "../../../components/copy.js";
import { confirmed } from "../../../components/dialog.js";
import { Icon } from "../../../components/icon.js";
import { Menu } from "../../../components/menu.js";
import { AbsentState, ShareButton } from "../../../components/share.js";
import { Notice } from "../../../components/states.js";
import { Tabs } from "../../../components/tabs.js";
import { toast } from "../../../components/toast.js";
import { Page, PageBody } from "../../../shell/page.js";
import { addressOf, go } from "../../../shell/router.js";
import { say } from "../../../shell/words.js";
import { connectionPath, deleteConnection, testConnection } from "../api.js";
import { ENGINES, isStore } from "../dialects.js";
import { AccountBadge, Diagnosis, StateBadge } from "./diagnosis.js";
import { LayerEditor } from "./layer.js";
import { EditDatabase } from "./new_database.js";
import { Permissions } from "./permissions.js";
import { SchemaBrowser } from "./schema_browser.js";

const VIEWS = /** @type {const} */ (["tables", "layer", "permissions"]);
/** @typedef {import("../api.js").Connection} Connection */

/** @param {{all: Connection[], id: string, view: string, reload: () => void, tabs: any}} props `tabs` are those of the page */
export function DatabaseView({ all, id, view, reload, tabs }) {
  const connection = all.find((one) => one.id === id) ?? all.find((one) => one.name === id);
  if (!connection) return html`<${Page} title=${say("data.title")}>${tabs}<${PageBody}><${AbsentState} title=${say("data.absent-connection")} path=${connectionPath(id)} home="/data/databases" /></${PageBody}></${Page}>`;
  return html`<${Database} connection=${connection} view=${view} reload=${reload} tabs=${tabs} />`;
}

/** @param {{connection: Connection, view: string, reload: () => void, tabs: any}} props */
function Database({ connection, view, reload, tabs }) {
  const level = connection.yours ?? "manage", mayManage = level === "manage", mayEdit = mayManage || level === "edit";
  const [tested, setTested] = useState(/** @type {import("../api.js").Test | null} */ (null));
  const own = (/** @type {string} */ one) => addressOf(["data", "databases", connection.id, ...(one === "tables" ? [] : [one])]);
  const views = VIEWS.filter((one) => (one !== "permissions" || mayEdit) && (one !== "layer" || !isStore(connection.engine))), shown = views.find((one) => one === view) ?? "tables";
  const test = async () => {
    setTested(await testConnection(connection.id));
    reload();
  };
  const remove = async () => {
    if (!await confirmed({ title: say("data.sure-disconnect", connection.name), text: say("data.sure-disconnect-text"), action: say("data.disconnect"), isDangerous: true })) return;
    await deleteConnection(connection.id);
    toast(say("data.disconnected", connection.name));
    go("/data/databases");
    reload();
  };
  const thing = { name: connection.name, path: connectionPath(connection.id), link: own("tables"), about: say("data.connection-levels") };
  const crumbs = html`<nav class="crumbs" aria-label=${say("data.path")}><a href="/data/databases">${say("data.tab-databases")}</a><${Icon} name="right" /><h1 class="truncate"><bdi>${connection.name}</bdi></h1></nav>
    <${StateBadge} tested=${tested ?? connection.tested} /><${AccountBadge} tested=${tested ?? connection.tested} />`;
  const query = { connection: connection.id };
  const actions = html`${connection.rights.includes("ask") && !isStore(connection.engine) && html`<${Button} kind="primary" icon="chat" href=${addressOf(["data"], query)}>${say("data.tab-ask")}</${Button}>`}
    ${connection.rights.includes("run") && html`<${Button} icon="code" href=${addressOf(["data", "sql"], query)}>${say("data.tab-sql")}</${Button}>`}
    <${Button} icon="refresh" onClick=${test}>${say("data.test")}</${Button}><${ShareButton} thing=${thing} />
    ${mayEdit && html`<${EditDatabase} connection=${connection} onChanged=${reload} />`}
    <${CopyAs} call=${() => ({ method: "POST", path: `${connectionPath(connection.id)}/test` })} />
    ${mayManage && html`<${Menu} label=${say("data.more")} items=${[{ title: say("data.disconnect"), icon: "trash", isDangerous: true, onClick: remove }]} />`}`;
  return html`<${Page} title=${connection.name} crumbs=${crumbs} actions=${actions}>
    <${Tabs} label=${say("data.views-of", connection.name)} current=${shown} tabs=${views.map((one) => ({ id: one, title: say(`data.view-${one}`), href: own(one) }))} />
    <${PageBody}><p class="muted small anywhere">${ENGINES[connection.engine] ?? connection.engine} · <bdi>${connection.place}</bdi> ${connection.rights.includes("write") && html`<${Badge} kind="warn">${say("data.you-write")}</${Badge}>`}</p>
      ${tested ? html`<${Diagnosis} tested=${tested} />` : connection.tested && !connection.tested.ok && html`<${Diagnosis} tested=${connection.tested} />`}
      ${(connection.rule_problems ?? []).map((one) => html`<${Notice} kind="warn">${one}</${Notice}>`)}
      ${shown === "tables" && html`<${SchemaBrowser} connection=${connection} />`}
      ${shown === "layer" && html`<${LayerEditor} connection=${connection} mayEdit=${mayEdit} />`}
      ${shown === "permissions" && html`<${Permissions} connection=${connection} mayManage=${mayManage} onSaved=${reload} />`}
    </${PageBody}></${Page}>`;
}
