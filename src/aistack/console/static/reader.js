// Opens a document at the passage of a citation or hit, and highlights it.

import { byId, call, element, spoken } from "./shared.js";

export function placeOf(one) {
  const parts = [one.title === one.name ? "" : one.name];
  if (one.page) parts.push(spoken() === "zh" ? `第 ${one.page} 页` : `page ${one.page}`);
  if (one.heading.length) parts.push(one.heading.join(" › "));
  return parts.filter(Boolean).join(" · ");
}

export async function open(one, collection = "default") {
  const found = await call(`/v1/rag/collections/${collection}/documents/${one.document}`);
  byId("reader-title").textContent = one.title;
  byId("reader-place").textContent = placeOf(one);
  const letters = Array.from(found.text); // spans count code points, as Python does
  const mark = element("mark", { textContent: letters.slice(one.start, one.end).join("") });
  byId("reader-text").replaceChildren(letters.slice(0, one.start).join(""), mark, letters.slice(one.end).join(""));
  byId("reader").showModal();
  mark.scrollIntoView({ block: "center" });
}

export function beginReading() {
  byId("reader-close").onclick = () => byId("reader").close();
}
