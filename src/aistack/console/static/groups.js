// The groups of the people page: their members, nested groups among them.

import { quietButton as quiet } from "./dialogs.js";
import { Picker } from "./picker.js";
import { act, byId, call, element, posted, say, sent } from "./shared.js";
import { remember, shownSubject } from "./subjects.js";

const AT_ONCE = 8, LOADED_MAX = 200; // more groups than this are loaded when they are opened
const MEMBERS = ["user", "group", "service-account"];
const path = (group, member) => `/gateway/groups/${group.id}${member ? `/members/${encodeURIComponent(member)}` : ""}`;
const bare = (text) => text.toLocaleLowerCase();

export class Groups {
  // `changed` is called after a change of members or names.
  constructor(changed) {
    this.all = [];
    this.details = new Map(); // by id, of the groups that were loaded
    this.opened = new Set();
    this.changed = changed;
    byId("new-group").onsubmit = (event) => { event.preventDefault(); act(() => this.create(event.target)); };
  }

  async load() {
    this.all = remember(await call("/gateway/groups")).sort((one, other) => one.name.localeCompare(other.name));
    this.details.clear();
    const waiting = this.all.filter((one, at) => at < LOADED_MAX || this.opened.has(one.id));
    const next = async () => { for (let one = waiting.pop(); one; one = waiting.pop()) await this.read(one); };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }

  async read(group) {
    const details = await call(path(group));
    remember(details.direct.filter((one) => one.name));
    this.details.set(group.id, details);
  }

  // The groups that a subject is in directly.
  of(subject) {
    return this.all.filter((one) => this.details.get(one.id)?.direct.some((member) => member.subject === subject));
  }

  show(search) {
    const fitting = this.all.filter((one) => bare(one.name).includes(bare(search)));
    byId("groups").replaceChildren(...fitting.map((one) => this.entry(one)));
    if (!this.all.length) byId("groups").replaceChildren(element("p", { className: "muted", textContent: say("no-group-yet") }));
    byId("groups").hidden = this.all.length > 0 && !fitting.length;
  }

  entry(group) {
    const inside = element("div", { className: "inside" });
    const box = element("details", { open: this.opened.has(group.id) },
      element("summary", {}, element("b", {}, element("bdi", { textContent: group.name })), element("span", { className: "muted", textContent: ` ${say("members")(group.members)}` })), inside);
    box.ontoggle = () => {
      this.opened[box.open ? "add" : "delete"](group.id);
      if (box.open) act(() => this.fill(group, inside));
    };
    box.dataset.group = group.id;
    if (box.open) act(() => this.fill(group, inside));
    return box;
  }

  async fill(group, inside) {
    if (!this.details.has(group.id)) await this.read(group);
    const rows = await Promise.all(this.details.get(group.id).direct.map(async ({ subject, name }) => element("li", {}, await shownSubject(subject),
      quiet(say("out"), () => this.change(group, () => call(path(group, subject), { method: "DELETE" })), { ariaLabel: say("out-of")(name || subject) }))));
    const picker = new Picker(say("add-member"), MEMBERS);
    const add = (event) => {
      event.preventDefault();
      if (picker.subject) this.change(group, () => call(path(group, picker.subject), { method: "PUT" }));
      else act(async () => { picker.input.focus(); throw new Error(say("choose-member")); });
    };
    const rename = element("input", { type: "text", required: true, maxLength: 128, value: group.name, ariaLabel: say("name") });
    inside.replaceChildren(
      element("form", { className: "line", onsubmit: add }, picker.element, element("button", { type: "submit", className: "quiet", textContent: say("add") })),
      rows.length ? element("ul", { className: "entries" }, ...rows) : element("p", { className: "muted", textContent: say("empty") }),
      element("form", { className: "line", onsubmit: (event) => { event.preventDefault(); this.change(group, () => call(path(group), sent("PATCH", { name: rename.value.trim() }))); } },
        rename, element("button", { type: "submit", className: "quiet", textContent: say("rename") }),
        quiet(say("delete-group"), () => confirm(say("sure-group")(group.name)) && this.change(group, () => call(path(group), { method: "DELETE" })))));
  }

  change(group, what) {
    return act(async () => {
      await what();
      await this.load();
      this.changed();
      const box = byId("groups").querySelector(`[data-group="${group.id}"]`);
      (box?.querySelector("summary") ?? byId("new-group").elements.name).focus();
    });
  }

  async create(form) {
    const made = await call("/gateway/groups", posted({ name: form.elements.name.value.trim() }));
    form.reset();
    this.opened.add(made.id);
    await this.change(made, async () => {});
  }
}
