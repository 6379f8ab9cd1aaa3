// @ts-check
// Chat: the home page. Shows the page for questions to documents until sessions move in here.

import { html } from "../../vendor/preact.js";
import { Page } from "../../shell/page.js";
import { OldPage } from "../../shell/old_page.js";
import { say } from "../../shell/words.js";

export default function Chat() {
  return html`<${Page} title=${say("chat.title")}><${OldPage} path="/console/ask" title=${say("chat.title")} /></${Page}>`;
}
