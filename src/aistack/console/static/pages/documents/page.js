// @ts-check
// Documents: collections, search, the knowledge graph. Shows the former page until it has moved in here.

import { html } from "../../vendor/preact.js";
import { Page } from "../../shell/page.js";
import { OldPage } from "../../shell/old_page.js";
import { say } from "../../shell/words.js";

export default function Documents() {
  return html`<${Page} title=${say("documents.title")}><${OldPage} path="/console/library" title=${say("documents.title")} /></${Page}>`;
}
