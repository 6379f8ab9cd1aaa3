// @ts-check
// Data: questions to databases, and their connections.

import { html } from "../../vendor/preact.js";
import { Tabs } from "../../components/tabs.js";
import { Page } from "../../shell/page.js";
import { OldPage } from "../../shell/old_page.js";
import { say } from "../../shell/words.js";

/** @param {{segments: string[]}} props */
export default function Data({ segments }) {
  const isDatabases = segments[0] === "databases";
  const tabs = [
    { id: "ask", title: say("data.ask"), href: "/data" },
    { id: "databases", title: say("data.databases"), href: "/data/databases" },
  ];
  return html`<${Page} title=${say("data.title")}>
    <${Tabs} tabs=${tabs} current=${isDatabases ? "databases" : "ask"} label=${say("data.title")} />
    <${OldPage} path=${isDatabases ? "/console/databases" : "/console/questions"} title=${say("data.title")} />
  </${Page}>`;
}
