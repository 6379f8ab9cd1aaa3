// The dialog that removes an account. It shows what belongs to it, and asks what happens to that.

import { openDialog } from "./dialogs.js";
import { Picker } from "./picker.js";
import { call, element, say } from "./shared.js";

// Opens the dialog; `removed` is called when the account is gone.
export function openRemoval(user, removed) {
  const sheet = openDialog("", say("cancel"));
  sheet.heading.append(say("remove-title"), element("bdi", { textContent: user.name }));
  const path = `/gateway/users/${user.id}`;
  return sheet.act(async () => {
    const belongings = await call(`${path}/belongings`);
    const picker = new Picker(say("heir"), ["user", "service-account"]);
    const choice = (value, label, ...more) => element("label", { className: "choice" }, element("input", { type: "radio", name: "then", value, required: true }), element("span", { textContent: label }), ...more);
    const form = element("form", { className: "stack" }, shown(belongings),
      element("fieldset", {}, element("legend", { textContent: say("what-then") }), choice("heir", say("to-heir")), picker.element, choice("delete", say("delete-all"))),
      element("p", { className: "muted", textContent: say("keys-revoked") }),
      element("button", { type: "submit", className: "danger", textContent: say("do-remove") }));
    picker.input.onfocus = () => { form.elements.then.value = "heir"; };
    form.onsubmit = (event) => {
      event.preventDefault();
      sheet.act(async () => {
        const isHeir = form.elements.then.value === "heir";
        if (isHeir && !picker.subject) { picker.input.focus(); throw new Error(say("choose")); }
        await call(`${path}?${new URLSearchParams(isHeir ? { heir: picker.subject } : { delete: true })}`, { method: "DELETE" });
        sheet.dialog.close();
        await removed();
      });
    };
    sheet.body.replaceChildren(form);
    form.querySelector("input").focus();
  });
}

// What each service keeps for the account, as a table.
function shown(belongings) {
  const rows = belongings.flatMap((one) => Object.entries(one.counts).filter(([, count]) => count)
    .map(([kind, count]) => [one.service, Object.hasOwn(say("belongings"), kind) ? say("belongings")[kind] : kind, String(count)]));
  const problems = belongings.filter((one) => one.problem).map((one) => element("p", { className: "trouble", textContent: say("cannot-say")(one.service, one.problem) }));
  const line = (tag, cells) => element("tr", {}, ...cells.map((cell) => element(tag, { textContent: cell })));
  const table = element("table", { ariaLabel: say("belongs") }, element("thead", {}, line("th", say("belongings-heads"))), element("tbody", {}, ...rows.map((cells) => line("td", cells))));
  return element("div", { className: "tables" }, element("h3", { textContent: say("belongs") }), rows.length ? table : element("p", { className: "muted", textContent: say("no-belongings") }), ...problems);
}
