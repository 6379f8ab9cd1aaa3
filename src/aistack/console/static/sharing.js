// The dialog in which a thing is shared: its owner, who may do what with it, requests for access, its link.

import { caller } from "./caller.js";
import { copyField, keyedAs, openDialog, quietButton as quiet } from "./dialogs.js";
import { showNotice } from "./notices.js";
import { Picker } from "./picker.js";
import { call, element, posted, sent, spoken, when } from "./shared.js";
import { WORDS } from "./sharing_words.js";
import { described, learn, shownSubject } from "./subjects.js";

const LEVELS = ["view", "use", "edit", "manage"];
const EVERYONE = "everyone";
const say = (key) => WORDS[spoken()][key];

// Whether things are shared here: with identity on, by those whose thing says what they may do with it.
export const mayShare = async (thing) => Boolean(thing?.yours) && (await caller()).identity;

export function shareButton(thing) {
  return quiet(say("share"), () => openSharing(thing()), { className: "quiet share" });
}

function levelChoice(label, chosen, onchange, options = LEVELS) {
  const shown = options.map((one) => element("option", { value: one, textContent: one ? say("levels")[one] : say("nobody"), selected: one === chosen }));
  return element("select", { ariaLabel: label, onchange: (event) => onchange?.(event.target.value) }, ...shown);
}

// Opens the dialog for a thing: `kind` is a key of `about`, `path` is its API path, `link` the path of its page, `name` what it is called.
export async function openSharing(thing) {
  const sheet = openDialog("", say("close"));
  sheet.heading.append(say("title"), element("bdi", { textContent: thing.name }));
  const view = new Sharing(thing, sheet);
  await sheet.act(() => view.show());
}

class Sharing {
  constructor(thing, sheet) {
    this.thing = thing;
    this.sheet = sheet;
  }

  async show() {
    let access;
    try {
      access = await call(`${this.thing.path}/access`);
      this.owner = access.owner;
    } catch (error) {
      if (error.status !== 404) throw error;
      this.owner = "";
      this.sheet.body.replaceChildren(element("p", { textContent: say("gone") }));
      return;
    }
    const link = copyField(say("link"), new URL(this.thing.link, location.href).href, say("copy"), () => this.sheet.say(say("copied")));
    if (access.yours === "manage") await this.showManager(access, link);
    else this.showReader(access, link);
  }

  showReader(access, link) {
    const more = LEVELS.slice(LEVELS.indexOf(access.yours) + 1);
    this.sheet.body.replaceChildren(element("p", { textContent: say("yours")[access.yours] }), link, askForm(this.thing.path, say("more"), more, this.sheet));
  }

  async showManager(access, link) {
    const requests = await call(`${this.thing.path}/access/requests`);
    await learn([access.owner, ...[...access.grants, ...requests].map((one) => one.subject)]);
    const focused = this.sheet.body.querySelector(":focus")?.dataset.key;
    const others = access.grants.filter((one) => one.subject !== EVERYONE);
    const rows = await Promise.all(others.map((one) => this.grantRow(one)));
    const whole = access.grants.find((one) => one.subject === EVERYONE)?.level ?? "";
    const everyone = levelChoice(say("level-of")(say("everyone")), whole, (level) => this.set(EVERYONE, level), ["", ...LEVELS]);
    everyone.dataset.key = "everyone";
    this.sheet.body.replaceChildren(
      ...await this.requestPart(requests),
      element("section", { ariaLabel: say("access") },
        element("h3", { textContent: say("access") }), this.addForm(), element("p", { className: "muted", textContent: say("about")[this.thing.kind] }),
        element("ul", { className: "entries" }, await this.ownerRow(access.owner), ...rows,
          element("li", {}, element("span", { className: "subject" }, element("b", { textContent: say("everyone") }), element("span", { className: "muted", textContent: say("everyone-lead") })), everyone))),
      link);
    if (focused) (keyedAs(focused, this.sheet.body) ?? this.sheet.body.querySelector("input")).focus();
  }

  // Grants a level, or takes it back. The grants may have changed meanwhile, so they are read first.
  set(subject, level) {
    return this.sheet.act(async () => {
      const access = await call(`${this.thing.path}/access`);
      const kept = access.grants.filter((one) => one.subject !== subject);
      await call(`${this.thing.path}/access`, sent("PUT", { grants: level ? [...kept, { subject, level }] : kept }));
      await this.show();
      this.sheet.say(say("saved"));
    });
  }

  async grantRow({ subject, level }) {
    const { name } = await described(subject);
    const choice = levelChoice(say("level-of")(name), level, (wanted) => this.set(subject, wanted));
    choice.dataset.key = subject;
    const remove = quiet(say("remove"), () => this.set(subject, ""), { ariaLabel: say("remove-of")(name) });
    return element("li", {}, await shownSubject(subject), choice, remove);
  }

  async ownerRow(owner) {
    const row = element("li", {}, await shownSubject(owner), element("span", { className: "pill", textContent: say("owner") }));
    const change = quiet(say("transfer"), () => {
      const picker = new Picker(say("transfer-to"), ["user", "service-account"]);
      const form = element("form", { className: "line whole", onsubmit: (event) => { event.preventDefault(); this.transfer(picker); } },
        picker.element, element("button", { type: "submit", textContent: say("do-transfer") }), quiet(say("cancel"), () => { form.replaceWith(change); change.focus(); }));
      change.replaceWith(form);
      picker.input.focus();
    });
    const me = await caller();
    const take = quiet(say("take-over"), () => confirm(say("sure-take")) && this.giveTo(me.subject, me.name));
    row.append(...(owner !== me.subject && me.kind === "user" ? [take] : []), change);
    return row;
  }

  transfer(picker) {
    return this.sheet.act(async () => {
      if (!picker.subject) throw new Error(say("choose"));
      const { name } = await described(picker.subject);
      if (confirm(say("sure")(name))) await this.giveTo(picker.subject, name);
    });
  }

  // Gives the thing to an owner, or offers it: who did not ask for it has to take it over.
  giveTo(owner, name) {
    return this.sheet.act(async () => {
      await call(`${this.thing.path}/owner`, sent("PUT", { owner }));
      await this.show();
      this.sheet.say(this.owner && this.owner !== owner ? say("offered")(name) : say("saved"));
      this.sheet.heading.focus();
    });
  }

  addForm() {
    const picker = new Picker(say("who"), ["user", "group", "service-account"]);
    const level = levelChoice(say("level"), "view");
    const add = (event) => {
      event.preventDefault();
      if (picker.subject) this.set(picker.subject, level.value);
      else this.sheet.act(async () => { picker.input.focus(); throw new Error(say("choose")); });
    };
    picker.input.dataset.key = "add";
    return element("form", { className: "line", onsubmit: add }, picker.element, level, element("button", { type: "submit", textContent: say("add") }));
  }

  async requestPart(requests) {
    if (!requests.length) return [];
    const rows = await Promise.all(requests.map(async (one) => {
      const { name } = await described(one.subject);
      const dismiss = () => this.sheet.act(async () => {
        await call(`${this.thing.path}/access/requests/${encodeURIComponent(one.subject)}`, { method: "DELETE" });
        await this.show();
      });
      return element("li", {}, await shownSubject(one.subject), element("span", { className: "muted", textContent: `${say("asks")(say("levels")[one.level])} · ${when(one.requested_at)}` }),
        quiet(say("grant"), () => this.set(one.subject, one.level), { ariaLabel: `${say("grant")}: ${name}` }), quiet(say("dismiss"), dismiss, { ariaLabel: `${say("dismiss")}: ${name}` }));
    }));
    return [element("section", { ariaLabel: say("requests") }, element("h3", { textContent: say("requests") }), element("ul", { className: "entries" }, ...rows))];
  }
}

// Asks a thing's managers for a level. The answer is the same whether the thing exists or not.
function askForm(path, label, levels, notice) {
  const level = levelChoice(say("level"), levels[0], null, levels);
  const ask = (event) => {
    event.preventDefault();
    notice.act(async () => {
      await call(`${path}/access/requests`, posted({ level: level.value }));
      notice.say(say("asked"));
    });
  };
  return element("form", { className: "line", onsubmit: ask }, level, element("button", { type: "submit", className: "quiet", textContent: label }));
}

// Shows, in place of the page, that a link leads to nothing that the caller may see. `kind` is a key of `absent`.
export async function showAbsent(kind, path) {
  const me = await caller(), status = element("p", { className: "muted", role: "status" }), problem = element("div", { role: "alert" });
  const notice = {
    say: (text) => { status.textContent = text; },
    act: async (what) => { try { problem.replaceChildren(); await what(); } catch (error) { problem.replaceChildren(error.message); } },
  };
  showNotice(say("absent")[kind],
    ...(me.identity ? [element("p", { textContent: say("absent-lead") }), askForm(path, say("ask"), LEVELS.slice(0, 3), notice), problem, status] : []),
    element("a", { className: "button quiet", href: location.pathname, textContent: say("back") }));
}
