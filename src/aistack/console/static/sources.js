// Watched folders and URLs on the documents page.

import { byId, call, element, posted, say, when } from "./shared.js";

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
    await call(this.path(), posted({ [kind]: what }));
    byId("source").value = "";
    await this.show();
  }

  async show() {
    const all = await call(this.path());
    const looked = (one) => (one.looked_at ? say("looked")(when(one.looked_at)) : say("unlooked"));
    byId("sources").replaceChildren(...all.map((one) => element("li", {},
      element("span", { className: "name", title: one.place, textContent: one.place }),
      element("span", { className: "muted", textContent: `${say("every")(one.every_seconds)} · ${looked(one)}` }),
      ...(one.error ? [element("span", { className: "pill", status: "failed", title: one.error, textContent: one.error })] : []),
      element("button", { type: "button", className: "quiet changes", textContent: say("stop"), onclick: () => this.act(async () => {
        await call(this.path(`/${one.id}`), { method: "DELETE" });
        await this.show();
      }) }))));
    if (!all.length) byId("sources").replaceChildren(element("li", { className: "muted", textContent: say("no-sources") }));
  }
}
