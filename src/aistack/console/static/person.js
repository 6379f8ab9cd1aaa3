// The dialog about one account of the people page: name and role, one-time links, groups, sessions, keys, removal.

import { fillChoice, linkCard, rolesToGive, statePill } from "./accounts.js";
import { keyedAs, openDialog, quietButton as quiet } from "./dialogs.js";
import { KeyList } from "./keys.js";
import { openRemoval } from "./removal.js";
import { call, element, posted, say, sent, when } from "./shared.js";

const text = (value) => element("span", { className: "muted", textContent: value });

// Browser and system of a User-Agent header, as people call them; the header itself for other programs.
function agentOf(header) {
  const browser = [["Edg", "Edge"], ["OPR", "Opera"], ["Firefox", "Firefox"], ["Chrome", "Chrome"], ["Safari", "Safari"]].find(([mark]) => header.includes(`${mark}/`));
  const system = [["Windows", "Windows"], ["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Mac OS X", "macOS"], ["Linux", "Linux"]].find(([mark]) => header.includes(mark));
  return [browser, system].filter(Boolean).map(([, name]) => name).join(" · ") || header.slice(0, 100);
}

// Opens the dialog. `groups` knows who is in which group; `changed` is called after every change.
export function openPerson(user, { groups, changed }) {
  const sheet = openDialog(element("bdi", { textContent: user.name }), say("close"));
  return sheet.act(() => new Person(user, sheet, groups, changed).show());
}

class Person {
  constructor(user, sheet, groups, changed) {
    this.user = user;
    this.sheet = sheet;
    this.groups = groups;
    this.changed = changed;
    this.path = `/gateway/users/${user.id}`;
    this.made = element("div", { ariaLive: "polite" });
    this.sessions = element("section", { ariaLabel: say("sessions") });
    this.keys = new KeyList(user.subject, sheet, { mayCreate: !this.isUser });
  }

  get isUser() { return this.user.kind === "user"; }

  async show() {
    const user = this.user;
    this.sheet.heading.replaceChildren(element("bdi", { textContent: user.name }), " ", statePill(user));
    this.sheet.body.replaceChildren(await this.form(), this.actions(), this.made, this.memberships(), ...(this.isUser ? [this.sessions] : []), this.keys.element);
    await Promise.all([this.isUser ? this.showSessions() : null, this.keys.show()]);
  }

  // Runs a change, shows the account as it is then, and says so.
  change(what, done) {
    return this.sheet.act(async () => {
      await what();
      this.user = await call(this.path);
      const focused = document.activeElement?.dataset.key;
      await this.show();
      if (focused) keyedAs(focused, this.sheet.body)?.focus();
      this.sheet.say(done);
      await this.changed();
    });
  }

  async form() {
    const field = (key, value, type, max) => element("label", {}, element("span", { textContent: say(key) }), element("input", { name: key, type, value, required: true, maxLength: max, autocomplete: "off" }));
    const role = element("select", { name: "role" }), roles = await rolesToGive();
    fillChoice(role, roles.includes(this.user.role) ? roles : [...roles, this.user.role], say("roles"), this.user.role);
    const form = element("form", { className: "fields" }, field("name", this.user.name, "text", 128), ...(this.isUser ? [field("email", this.user.email, "email", 254)] : []),
      element("label", {}, element("span", { textContent: say("role") }), role), element("button", { type: "submit", textContent: say("save") }));
    form.querySelector("button").dataset.key = "save";
    form.onsubmit = (event) => {
      event.preventDefault();
      const given = Object.fromEntries([...new FormData(form)].map(([key, value]) => [key, value.trim()]));
      const changed = Object.fromEntries(Object.entries(given).filter(([key, value]) => value !== this.user[key]));
      this.change(() => call(this.path, sent("PATCH", changed)), say("saved"));
    };
    return form;
  }

  actions() {
    const { user } = this, isDisabled = user.status === "disabled";
    const link = (kind, label) => quiet(say(label), () => this.sheet.act(async () => {
      const made = await call(`${this.path}/link`, posted({ kind }));
      this.made.replaceChildren(linkCard(user.name, made, this.sheet.say));
      this.made.querySelector("input").focus();
    }));
    const turn = quiet(say(isDisabled ? "enable" : "disable"), () => {
      if (!isDisabled && !confirm(say("sure-disable")(user.name))) return;
      this.change(() => call(this.path, sent("PATCH", { status: isDisabled ? "active" : "disabled" })), say(isDisabled ? "enabled" : "disabled"));
    });
    turn.dataset.key = "turn";
    const remove = quiet(say("remove"), () => openRemoval(user, async () => { this.sheet.dialog.close(); await this.changed(say("removed")(user.name)); }));
    const links = !this.isUser || isDisabled ? [] : [user.last_seen_at ? link("reset", "reset") : link("invitation", "new-invitation")];
    return element("div", { className: "line" }, ...links, turn, remove);
  }

  memberships() {
    const found = this.groups.of(this.user.subject);
    return element("section", { ariaLabel: say("member-of") }, element("h3", { textContent: say("member-of") }),
      found.length ? element("p", {}, ...found.map((one) => element("span", { className: "pill tag" }, element("bdi", { textContent: one.name })))) : text(say("no-groups")));
  }

  async showSessions() {
    const { sessions } = await call(`/gateway/sessions?user=${this.user.id}`);
    const end = (path) => this.sheet.act(async () => {
      const { ended } = await call(path, { method: "DELETE" });
      await this.showSessions();
      this.sheet.say(say("ended")(ended));
      this.sheet.dialog.querySelector("h2").focus();
    });
    const rows = sessions.map((one) => {
      const agent = agentOf(one.agent);
      const how = [one.method.split("+").map((part) => say("methods")[part] ?? part).join(" + "), one.provider, one.address].filter(Boolean).join(" · ");
      return element("li", {}, element("span", { className: "subject" }, element("bdi", { title: one.agent, textContent: agent || how }), text(`${how} · ${say("used")(when(one.last_seen_at))}`)),
        quiet(say("end"), () => end(`/gateway/sessions/${one.id}`), { ariaLabel: say("end-of")(how) }));
    });
    const all = quiet(say("end-all"), () => end(`/gateway/sessions?user=${this.user.id}`));
    this.sessions.replaceChildren(element("div", { className: "row" }, element("h3", { textContent: say("sessions") }), element("span", { className: "grow" }), ...(rows.length > 1 ? [all] : [])),
      rows.length ? element("ul", { className: "entries" }, ...rows) : text(say("no-sessions")));
  }
}
