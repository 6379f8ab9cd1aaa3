// A notice in place of a page that shows nothing to the caller.

import { caller } from "./caller.js";
import { element, say } from "./shared.js";

// Shows the notice and moves the focus to its title.
export function showNotice(title, ...more) {
  const main = document.querySelector("main"), heading = element("h1", { tabIndex: -1, textContent: title });
  main.querySelector(".absent-notice")?.remove();
  main.classList.add("absent");
  main.prepend(element("section", { className: "card absent-notice" }, heading, ...more));
  heading.focus();
}

// Whether the page is for administrators and the caller is none; says so then. Keys see what their services show.
export async function closedToCaller() {
  const me = await caller(), isClosed = me.identity && me.kind === "user" && !me.is_administrator;
  if (isClosed) showNotice(say("administrators-only"));
  return isClosed;
}
