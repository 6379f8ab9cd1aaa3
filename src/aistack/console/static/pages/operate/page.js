// @ts-check
// Operate: services, keys and limits; people where identity is on.

import { html } from "../../vendor/preact.js";
import { caller } from "../../api/session.js";
import { Tabs } from "../../components/tabs.js";
import { Page } from "../../shell/page.js";
import { OldPage } from "../../shell/old_page.js";
import { say } from "../../shell/words.js";

/** @param {{segments: string[]}} props */
export default function Operate({ segments }) {
  const current = segments[0] === "people" ? "people" : "overview";
  const tabs = [
    { id: "overview", title: say("operate.overview"), href: "/operate" },
    ...(caller.value.identity ? [{ id: "people", title: say("operate.people"), href: "/operate/people" }] : []),
  ];
  return html`<${Page} title=${say("operate.title")}>
    <${Tabs} tabs=${tabs} current=${current} label=${say("operate.title")} />
    <${OldPage} path=${current === "people" ? "/console/people" : "/console/operate"} title=${say("operate.title")} />
  </${Page}>`;
}
