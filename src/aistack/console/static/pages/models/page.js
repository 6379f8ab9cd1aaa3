// @ts-check
// Models: upstreams, local models, playground, usage.

import { html } from "../../vendor/preact.js";
import { Page } from "../../shell/page.js";
import { OldPage } from "../../shell/old_page.js";
import { say } from "../../shell/words.js";

export default function Models() {
  return html`<${Page} title=${say("models.title")}><${OldPage} path="/console/models" title=${say("models.title")} /></${Page}>`;
}
