// Watched folders and addresses on the documents page.

import { byId, call, element, say, spoken } from "./shared.js";

export class Sources {
  constructor(place, act) {
    this.place = place;
    this.act = act;
    byId("source-form").onsubmit = (event) => {
      event.preventDefault();
      act(() => this.add(byId("source").value.trim()));
    };
  }

  path(rest = "") {
    return `/v1/rag/collections/${this.place.collection}/sources${rest}`;
  }

  async add(what) {
    const kind = /^https?:\/\//.test(what) ? "url" : "folder";
    await call(this.path(), { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ [kind]: what }) });
    byId("source").value = "";
    await this.show();
  }

  async show() {
    const all = await call(this.path());
    const when = (one) => (one.looked_at ? say("looked")(new Date(one.looked_at).toLocaleString(spoken() === "zh" ? "zh-CN" : "en-GB")) : say("unlooked"));
    byId("sources").replaceChildren(...all.map((one) => element("li", {},
      element("span", { className: "name", title: one.place, textContent: one.place }),
      element("span", { className: "muted", textContent: `${say("every")(one.every_seconds)} · ${when(one)}` }),
      ...(one.error ? [element("span", { className: "pill", status: "failed", title: one.error, textContent: one.error })] : []),
      element("button", { type: "button", className: "quiet", textContent: say("stop"), onclick: () => this.act(async () => {
        await call(this.path(`/${one.id}`), { method: "DELETE" });
        await this.show();
      }) }))));
    if (!all.length) byId("sources").replaceChildren(element("li", { className: "muted", textContent: say("no-sources") }));
  }
}
