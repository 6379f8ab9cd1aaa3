// The API keys of an account: their list, a form for new ones, and the dialog of one's own.

import { caller } from "./caller.js";
import { onceCard, openDialog, quietButton } from "./dialogs.js";
import { call, element, posted, spoken, when } from "./shared.js";
import { WORDS } from "./keys_words.js";

const say = (key) => WORDS[spoken()][key];

// Opens the dialog of the caller's own keys.
export async function openKeys() {
  const sheet = openDialog(say("own-keys"), say("close")), me = await caller();
  const list = new KeyList(me.subject, sheet, { mayCreate: true, title: "" });
  sheet.body.append(element("p", { className: "muted", textContent: say("lead") }), list.element);
  return sheet.act(() => list.show());
}

export class KeyList {
  // `sheet` is the dialog around it.
  constructor(subject, sheet, { mayCreate, title = say("keys") }) {
    this.subject = subject;
    this.sheet = sheet;
    this.made = element("div", { ariaLive: "polite" });
    this.rows = element("div");
    this.element = element("section", { ariaLabel: say("keys") }, ...(title ? [element("h3", { textContent: title })] : []), ...(mayCreate ? [this.form(), this.made] : []), this.rows);
  }

  async show() {
    const { keys } = await call("/gateway/keys"), own = keys.filter((one) => one.subject === this.subject);
    this.rows.replaceChildren(own.length ? element("ul", { className: "entries" }, ...own.map((key) => this.row(key))) : element("p", { className: "muted", textContent: say("none") }));
  }

  row(key) {
    const reach = [key.services === null ? say("everything") : key.services.join(", "), key.read_only ? say("read-only") : "", key.things ? say("things")(key.things.length) : "", key.expires_at ? say("until")(when(key.expires_at)) : ""];
    return element("li", {}, element("span", { className: "subject" }, element("b", {}, element("bdi", { textContent: key.name })), element("span", { className: "muted", textContent: [`${key.start}…`, ...reach].filter(Boolean).join(" · ") })),
      element("span", { className: "muted", textContent: say("states")[key.state] }),
      ...(key.state === "valid" ? [quietButton(say("revoke"), () => this.revoke(key), { ariaLabel: say("revoke-of")(key.name) })] : []));
  }

  revoke(key) {
    if (!confirm(say("sure")(key.name))) return;
    this.sheet.act(async () => {
      await call(`/gateway/keys/${key.id}`, { method: "DELETE" });
      await this.show();
      this.sheet.say(say("revoked"));
      this.sheet.heading.focus();
    });
  }

  form() {
    const field = (key, properties) => element("label", {}, element("span", { textContent: say(key) }), element("input", { autocomplete: "off", ...properties }));
    const form = element("form", { className: "fields" }, field("name", { name: "name", type: "text", required: true, maxLength: 64 }), field("expires", { name: "expires", type: "date" }),
      element("label", { className: "choice" }, element("input", { name: "reads", type: "checkbox" }), element("span", { textContent: say("read-only-lead") })), element("button", { type: "submit", textContent: say("create") }));
    form.onsubmit = (event) => {
      event.preventDefault();
      this.sheet.act(() => this.create(form));
    };
    return form;
  }

  async create(form) {
    const { name, expires, reads } = form.elements;
    const made = await call("/gateway/keys", posted({ name: name.value.trim(), subject: this.subject, read_only: reads.checked, expires_at: expires.value ? `${expires.value}T23:59:59Z` : null }));
    form.reset();
    this.made.replaceChildren(onceCard(say("once"), say("new-key"), made.key, say("copy"), () => this.sheet.say(say("copied"))));
    await this.show();
    this.made.querySelector("input").focus();
  }
}
