// @ts-check
// One block of an answer in the page: its HTML, with code blocks, formulas, tables and citations brought to life.

import { h, html, render, useLayoutEffect, useRef } from "../../vendor/preact.js";
import { say } from "../../shell/words.js";
import { CodeBlock } from "../code_block.js";

const FORMULA_MAX = 10_000; // characters

/**
 * @param {{ content: string, sanitise: (html: string) => DocumentFragment, onCitation?: (number: number, button: Element) => void }} props
 */
export function HtmlBlock({ content, sanitise, onCitation }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const fragment = sanitise(content);
    const codes = [...fragment.querySelectorAll("pre > code")].map(reviveCode);
    fragment.querySelectorAll("table").forEach(reviveTable);
    fragment.querySelectorAll("sup.citation").forEach((one) => reviveCitation(one, onCitation));
    const formulas = [...fragment.querySelectorAll(".maths")];
    place.current?.replaceChildren(fragment);
    if (formulas.length > 0) reviveMaths(formulas);
    return () => codes.forEach((one) => render(null, one));
  }, [content, sanitise]);
  return html`<div class="markdown-block" ref=${place}></div>`;
}

/** @param {Element} code @returns {Element} where its component is */
function reviveCode(code) {
  const host = document.createElement("div");
  const language = [...code.classList].find((one) => one.startsWith("language-"))?.slice(9) ?? "";
  code.parentElement?.replaceWith(host);
  render(h(CodeBlock, { code: code.textContent.replace(/\n$/, ""), language: language.toLowerCase() }), host);
  return host;
}

/** @param {Element} table */
function reviveTable(table) {
  const frame = document.createElement("div");
  frame.className = "table-scroll";
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", say("viewers.table"));
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "button ghost small";
  copy.textContent = say("viewers.copyTable");
  copy.onclick = async () => {
    await navigator.clipboard.writeText(csvOf(table));
    copy.textContent = say("viewers.copied");
  };
  const box = document.createElement("div");
  box.className = "table-box";
  table.replaceWith(box);
  frame.append(table);
  box.append(frame, copy);
}

/** Cells that a spreadsheet would take for a formula begin with an apostrophe. @param {Element} table */
export function csvOf(table) {
  const quoted = (/** @type {string} */ cell) => {
    const text = /^[=+@\t\r]|^-(?![\d.])/.test(cell) ? `'${cell}` : cell;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [...table.querySelectorAll("tr")]
    .map((row) => [...row.querySelectorAll("th, td")].map((cell) => quoted((cell.textContent ?? "").trim())).join(","))
    .join("\r\n");
}

/** @param {Element} mark @param {((number: number, button: Element) => void) | undefined} onCitation */
function reviveCitation(mark, onCitation) {
  const number = Number(mark.textContent);
  if (!Number.isInteger(number) || !onCitation) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "citation";
  button.textContent = String(number);
  button.setAttribute("aria-label", say("viewers.source", number));
  button.onclick = () => onCitation(number, button);
  mark.replaceWith(button);
}

/** @param {Element[]} formulas TeX, which becomes MathML in place; what cannot be read stays TeX */
async function reviveMaths(formulas) {
  const { temml } = await import("../../vendor/maths.js");
  for (const formula of formulas) {
    const tex = formula.textContent ?? "";
    if (tex.length > FORMULA_MAX) continue;
    const made = document.createElement("span");
    try {
      temml.render(tex, made, { displayMode: formula.tagName === "DIV", trust: false, maxSize: [40, 40], maxExpand: 300 });
    } catch {
      formula.setAttribute("title", say("viewers.mathsFailed"));
      continue;
    }
    for (const node of made.querySelectorAll("*")) {
      for (const name of ["href", "src", "xlink:href"]) node.removeAttribute(name);
    }
    formula.replaceChildren(...made.childNodes);
  }
}
