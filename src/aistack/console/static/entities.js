// The knowledge graph on the documents page: the drawing, one entity with its evidence, and manual edits.

import { byId, call, element, say, sent } from "./shared.js";
import { open } from "./reader.js";
import { Drawing } from "./graph.js";

const DRAWN_MAX = 600;

export class Entities {
  // `place.collection` is the collection shown; `act` runs what may fail and shows why it did.
  constructor(place, act) {
    this.place = place;
    this.act = act;
    this.drawing = new Drawing(byId("canvas"), (node) => act(() => this.showEntity(node.id)));
    byId("find-form").onsubmit = (event) => {
      event.preventDefault();
      act(() => this.find(byId("find").value.trim()));
    };
  }

  path(rest, query = "") {
    return `/v1/rag/graph${rest}?collection=${this.place.collection}${query}`;
  }

  async show() {
    const [graph, listed, edits] = await Promise.all([
      call(this.path("", `&limit=${DRAWN_MAX}`)), call(this.path("/entities", "&limit=1")), call(this.path("/edits")),
    ]);
    byId("size").textContent = say("size")(listed.total, graph.entities.length);
    byId("export").href = this.path("/export");
    this.drawing.show(graph);
    this.showEdits(edits);
  }

  showEdits(edits) {
    byId("edits").hidden = !edits.length;
    byId("edit-list").replaceChildren(...edits.map((one) => element("li", {},
      element("span", { textContent: say("edit")[one.kind](one.key, one.value) }),
      element("button", { type: "button", className: "quiet changes", textContent: say("undo"), onclick: () => this.act(async () => {
        await call(this.path(`/edits/${one.id}`), { method: "DELETE" });
        await this.show();
      }) }))));
  }

  async showEntity(id) {
    const one = await call(this.path(`/entities/${id}`));
    const names = Object.fromEntries([one, ...one.neighbours].map((near) => [near.id, near.name]));
    const near = one.relations.map((relation) => {
      const other = relation.source === id ? relation.target : relation.source;
      const phrase = relation.phrases[0] ?? "–";
      const said = relation.source === id ? `${phrase} → ` : `← ${phrase} `;
      return element("li", {}, element("span", { className: "muted", textContent: said }),
        element("button", { type: "button", className: "quiet", textContent: names[other], onclick: () => this.act(() => this.choose(other)) }));
    });
    byId("entity").replaceChildren(
      element("h3", { textContent: one.name }),
      element("p", { className: "muted", textContent: [one.kind, ...one.aliases, say("named")(one.chunks)].join(" · ") }),
      element("ul", { className: "plain" }, ...near.slice(0, 30)),
      ...one.evidence.slice(0, 5).map((place) => element("button", { type: "button", className: "evidence", textContent: `${place.title}: ${place.text.slice(0, 140)}…`, onclick: () => open(place, this.place.collection) })),
      this.corrections(one),
    );
    byId("entity").hidden = false;
  }

  corrections(one) {
    const form = (word, label, value, send) => {
      const input = element("input", { type: "text", maxLength: 100, value, required: true, ariaLabel: say(label), placeholder: say(label) });
      return element("form", { className: "small", onsubmit: (event) => { event.preventDefault(); this.act(() => send(input.value.trim())); } },
        input, element("button", { type: "submit", className: "quiet", textContent: say(word) }));
    };
    const changed = async (id, rest, method, body) => {
      await call(this.path(`/entities/${one.id}${rest}`), body ? sent(method, body) : { method });
      byId("entity").hidden = true;
      await this.show();
      if (id) await this.showEntity(id);
    };
    return element("div", { className: "corrections changes" },
      form("rename", "name", one.name, (name) => changed(one.id, "", "PATCH", { name })),
      form("merge", "into", "", async (name) => {
        const other = await this.named(name);
        await changed(other.id, "/merge", "POST", { into: other.id });
      }),
      element("button", { type: "button", className: "quiet", textContent: say("hide"), onclick: () => this.act(() => changed("", "", "DELETE")) }));
  }

  async named(name) {
    const found = await call(this.path("/entities", `&limit=1&q=${encodeURIComponent(name)}`));
    if (!found.entities.length) throw new Error(say("unknown")(name));
    return found.entities[0];
  }

  async choose(id) {
    if (!this.drawing.choose(id)) {
      this.drawing.show(await call(this.path(`/entities/${id}/neighbours`, `&depth=2&limit=${DRAWN_MAX}`)));
      this.drawing.choose(id);
    }
    await this.showEntity(id);
  }

  async find(text) {
    await this.choose((await this.named(text)).id);
  }
}
