// A field in which people and groups are found by typing: the ARIA combobox with a list of options.

import { element, spoken } from "./shared.js";
import { find, kindOf, shownSubject } from "./subjects.js";

const WAIT_MS = 150;
const WORDS = {
  en: { none: "Nobody found.", found: (n) => (n === 1 ? "1 result" : `${n} results`), type: "Name or e-mail address" },
  zh: { none: "没有找到匹配的成员。", found: (n) => `${n} 个结果`, type: "姓名或邮箱" },
};
const say = (key) => WORDS[spoken()][key];
let made = 0;

export class Picker {
  // `kinds` are the kinds of subjects that can be chosen; `chosen` is called with the subject, or null.
  constructor(label, kinds, chosen = () => {}) {
    const id = `picker-${++made}`;
    this.kinds = kinds;
    this.chosen = chosen;
    this.subject = null;
    this.active = -1;
    this.list = element("ul", { id, role: "listbox", className: "options", hidden: true, ariaLabel: label });
    this.input = element("input", { type: "text", maxLength: 254, autocomplete: "off", spellcheck: false, role: "combobox", ariaLabel: label, placeholder: say("type"), ariaExpanded: "false", ariaAutoComplete: "list" });
    this.input.setAttribute("aria-controls", id);
    this.status = element("span", { className: "unseen", role: "status" });
    this.element = element("div", { className: "picker" }, this.input, this.list, this.status);
    this.input.oninput = () => { this.take(null); clearTimeout(this.waiting); this.waiting = setTimeout(() => this.look(), WAIT_MS); };
    this.input.onkeydown = (event) => this.key(event);
    this.input.onblur = () => this.close();
  }

  clear() {
    this.input.value = "";
    this.take(null);
    this.close();
  }

  take(subject) {
    this.subject = subject;
    this.chosen(subject);
  }

  async look() {
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const found = await find(this.input.value.trim(), this.asking.signal);
      await this.show(found.map((one) => one.subject).filter((one) => this.kinds.includes(kindOf(one))));
    } catch (error) {
      if (error.name !== "AbortError") this.say(error.message);
    }
  }

  say(text) {
    this.list.replaceChildren(element("li", { className: "muted", textContent: text }));
    this.open();
    this.status.textContent = text;
  }

  async show(subjects) {
    if (!subjects.length) return this.say(say("none"));
    const options = await Promise.all(subjects.map(async (subject, index) => {
      const option = element("li", { id: `${this.list.id}-${index}`, role: "option", ariaSelected: "false" }, await shownSubject(subject));
      option.dataset.subject = subject;
      option.onmousedown = (event) => { event.preventDefault(); this.choose(option); };
      return option;
    }));
    this.list.replaceChildren(...options);
    this.open();
    this.status.textContent = say("found")(options.length);
  }

  open() {
    this.list.hidden = false;
    this.input.ariaExpanded = "true";
    this.mark(-1);
  }

  close() {
    clearTimeout(this.waiting);
    this.asking?.abort();
    this.list.hidden = true;
    this.input.ariaExpanded = "false";
    this.mark(-1);
  }

  options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  mark(index) {
    this.active = index;
    this.input.removeAttribute("aria-activedescendant");
    for (const [at, option] of this.options().entries()) {
      option.ariaSelected = String(at === index);
      if (at !== index) continue;
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
  }

  choose(option) {
    this.input.value = option.querySelector("bdi").textContent;
    this.close();
    this.take(option.dataset.subject);
  }

  key(event) {
    const options = this.options(), isOpen = !this.list.hidden;
    if (event.key === "Escape" && isOpen) {
      event.preventDefault(); // the dialog around it stays open
      event.stopPropagation();
      this.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) this.look();
      else if (options.length) this.mark((this.active + (event.key === "ArrowDown" ? 1 : this.active < 0 ? 0 : -1) + options.length) % options.length);
    } else if (event.key === "Enter" && isOpen && options.length) {
      event.preventDefault();
      this.choose(options[Math.max(this.active, 0)]);
    }
  }
}
