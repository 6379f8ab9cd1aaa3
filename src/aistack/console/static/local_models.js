// The models of this machine, on the models page: pull with progress, serve, remove.

import { byId, call, element, say, sent, trouble } from "./shared.js";

const POLL_MS = 700, POLL_SLOWLY_MS = 2500;
const path = (name, rest = "") => `/gateway/local-models/${encodeURIComponent(name)}${rest}`;
const megabytes = (bytes) => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`);
const isSettling = (one) => one.served && !one.loaded;

export class LocalModels {
  // `changed` is called when the model table may have changed.
  constructor(changed) {
    this.changed = changed;
    this.items = new Map();
    this.timer = 0;
    this.language = "";
  }

  // Shows the list, and goes on while something is in progress. Hidden from those who may not see it.
  async show() {
    clearTimeout(this.timer);
    let models;
    try {
      ({ models } = await call("/gateway/local-models"));
    } catch (error) {
      byId("local-box").hidden = [401, 403, 404].includes(error.status) || !error.status;
      byId("local-problem").replaceChildren(trouble(error));
      return;
    }
    byId("local-box").hidden = false;
    if (this.language !== document.documentElement.lang) this.items.clear();
    this.language = document.documentElement.lang;
    for (const one of models) this.update(one);
    this.place(models.map((one) => this.items.get(one.name).row));
    const isPulling = models.some((one) => one.state === "pulling");
    if (isPulling || models.some(isSettling)) this.timer = setTimeout(() => this.show(), isPulling ? POLL_MS : POLL_SLOWLY_MS);
  }

  // Redraws a model only when it changed, and keeps the keyboard's focus in its row.
  update(one) {
    const signature = JSON.stringify([one.state, one.served, one.loaded, one.roles, one.pull?.state, one.pull?.error]);
    let item = this.items.get(one.name);
    if (item?.signature !== signature) {
      const hadFocus = item?.row.contains(document.activeElement) || this.focused === one.name;
      const wasPulling = item?.state === "pulling";
      item = { signature, state: one.state, row: this.row(one) };
      this.items.set(one.name, item);
      if (hadFocus) this.focused = one.name;
      if (wasPulling && one.state === "installed") byId("local-said").textContent = say("pulled")(one.name);
    }
    const bar = item.row.querySelector("progress"), pull = one.pull;
    if (!bar) return;
    if (pull?.total) Object.assign(bar, { max: pull.total, value: pull.bytes });
    else bar.removeAttribute("value");
    item.row.querySelector(".received").textContent = pull?.total ? say("received")(megabytes(pull.bytes), megabytes(pull.total)) : say("starting");
  }

  // Puts the rows in place; the focus stays where it was, or in the row that was redrawn.
  place(rows) {
    const list = byId("local"), active = document.activeElement;
    if (list.children.length !== rows.length || rows.some((row, at) => list.children[at] !== row)) {
      list.replaceChildren(...rows);
      if (list.contains(active)) active.focus();
    }
    const item = this.items.get(this.focused);
    if (item && !item.row.contains(document.activeElement)) item.row.querySelector("button")?.focus();
    this.focused = "";
  }

  row(one) {
    const about = [one.sources ? (say("about")[one.name] ?? one.about) : say("own"), say("languages")[one.languages] ?? one.languages, one.licence].filter(Boolean).join(" · ");
    const size = one.state === "installed" ? megabytes(one.bytes) : one.download_bytes ? megabytes(one.download_bytes) : "";
    const problem = one.pull?.state === "failed" ? [element("p", { className: "trouble", textContent: one.pull.error })] : [];
    return element("li", {}, element("div", { className: "about" }, element("b", { textContent: one.name }), element("div", { className: "muted", textContent: about })),
      element("span", { className: "muted size", textContent: size }), this.state(one), element("span", { className: "actions" }, ...this.buttons(one)), ...problem);
  }

  state(one) {
    if (one.state === "pulling") {
      return element("span", { className: "state" }, element("progress", { ariaLabel: say("progress")(one.name) }), element("span", { className: "muted received" }));
    }
    const word = one.served ? (one.loaded ? "loaded" : one.loaded === null ? "waiting" : "served") : one.state;
    const colour = { loaded: "ready", served: "ready", waiting: "pending", partial: "pending" }[word] ?? "";
    return element("span", { className: "state" }, element("span", { className: "pill", status: colour, textContent: say("local-states")[word] }),
      element("span", { className: "muted", textContent: one.roles.join(", ") }), ...(word === "waiting" ? [element("span", { className: "muted", textContent: say("no-worker") })] : []));
  }

  buttons(one) {
    const button = (key, action) => element("button", { type: "button", className: "quiet", textContent: say(key), ariaLabel: `${say(key)} ${one.name}`, onclick: (event) => this.act(one.name, event.currentTarget, action) });
    const request = (method, rest, body) => () => call(path(one.name, rest), body ? sent(method, body) : { method });
    const remove = () => confirm(say("sure-files")(one.name)) && call(path(one.name), { method: "DELETE" });
    if (one.state === "pulling") return [button("cancel", request("DELETE", "/pull"))];
    if (one.served) return [button("stop-serving", request("DELETE", "/use"))];
    if (one.state === "installed") return [button("use", request("PUT", "/use", { roles: [] })), button("delete", remove)];
    return [button(one.state === "partial" ? "resume" : "pull", request("POST", "/pull")), ...(one.state === "partial" ? [button("delete", remove)] : [])];
  }

  async act(name, pressed, action) {
    byId("local-problem").replaceChildren();
    pressed.disabled = true;
    this.focused = name;
    try {
      await action();
    } catch (error) {
      byId("local-problem").replaceChildren(trouble(error));
    }
    pressed.disabled = false;
    await Promise.all([this.show(), this.changed()]);
  }
}
