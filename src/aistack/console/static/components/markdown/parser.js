// @ts-check
// Markdown into blocks. A text that grows is parsed again from its last blocks only.

import { TAGS } from "./sanitiser.js";

/** @typedef {{ kind: "code", offset: number, code: string, language: string } | { kind: "html", offset: number, html: string }} Block */
/** @typedef {InstanceType<typeof import("../../vendor/markdown.js").MarkdownIt>} Parser */

const COMMENT = /<!--[^]*?(?:-->|$)/g;
const OTHER_TAG = new RegExp(`<(?!/?(?:${TAGS.join("|")})(?=[\\s/>]))`, "gi");
const UNSETTLED = 2; // the last blocks, which more text can change

/**
 * @param {typeof import("../../vendor/markdown.js").MarkdownIt} MarkdownIt
 * @param {number} citations `[1]` to `[citations]` become references to sources
 */
export function createParser(MarkdownIt, citations) {
  const parser = new MarkdownIt({ html: true, linkify: true });
  parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false }); // "main.py" is no address
  parser.inline.ruler.before("escape", "maths", maths);
  parser.block.ruler.before("fence", "maths_block", mathsBlock, { alt: ["paragraph", "reference", "blockquote", "list"] });
  parser.inline.ruler.before("link", "citation", citationOf(citations));
  const escape = parser.utils.escapeHtml;
  const known = (/** @type {string} */ text) => text.replace(COMMENT, "").replace(OTHER_TAG, "&lt;");
  parser.renderer.rules.html_block = (tokens, index) => known(tokens[index].content);
  parser.renderer.rules.html_inline = (tokens, index) => known(tokens[index].content);
  parser.renderer.rules.th_open = aligned;
  parser.renderer.rules.td_open = aligned;
  parser.renderer.rules.maths = (tokens, index) => `<span class="maths">${escape(tokens[index].content)}</span>`;
  parser.renderer.rules.maths_block = (tokens, index) => `<div class="maths">${escape(tokens[index].content)}</div>`;
  parser.renderer.rules.citation = (tokens, index) => `<sup class="citation">${escape(tokens[index].content)}</sup>`;
  return parser;
}

/** A cell's alignment as an attribute: the policy allows no styles. @param {any[]} tokens @param {number} index */
function aligned(tokens, index) {
  const side = /text-align:(\w+)/.exec(tokens[index].attrGet("style") ?? "")?.[1];
  return side ? `<${tokens[index].tag} align="${side}">` : `<${tokens[index].tag}>`;
}

/** `\(a\)`, `\[a\]`, `$$a$$` and `$a$`; the last as Pandoc reads it, so that "$5 and $6" stays text. @param {any} state @param {boolean} silent */
function maths(state, silent) {
  const rest = state.src.slice(state.pos, state.posMax);
  const found = /^\\\(([^]+?)\\\)/.exec(rest) ?? /^\\\[([^]+?)\\\]/.exec(rest) ?? /^\$\$([^$]+?)\$\$/.exec(rest)
    ?? /^\$(?![\s$])((?:\\.|[^$\\\n])*?[^\s\\$])\$(?!\d)/.exec(rest);
  if (!found) return false;
  if (!silent) state.push("maths", "", 0).content = found[1].trim();
  state.pos += found[0].length;
  return true;
}

/** Lines from `$$` to `$$`, or from `\[` to `\]`. @param {any} state @param {number} first @param {number} end @param {boolean} silent */
function mathsBlock(state, first, end, silent) {
  const textOf = (/** @type {number} */ line) => state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]);
  const opening = textOf(first).slice(0, 2);
  if (opening !== "$$" && opening !== "\\[") return false;
  const closing = opening === "$$" ? "$$" : "\\]";
  let line = first;
  let text = textOf(first).slice(2);
  const lines = [];
  while (!text.trimEnd().endsWith(closing)) {
    lines.push(text);
    line += 1;
    if (line >= end) return false;
    text = textOf(line);
  }
  if (silent) return true;
  lines.push(text.trimEnd().slice(0, -2));
  const token = state.push("maths_block", "", 0);
  token.content = lines.join("\n").trim();
  token.map = [first, line + 1];
  state.line = line + 1;
  return true;
}

/** @param {number} count @returns {any} */
function citationOf(count) {
  return (/** @type {any} */ state, /** @type {boolean} */ silent) => {
    const found = /^\[(\d{1,3})\](?![(:[])/.exec(state.src.slice(state.pos, state.pos + 6));
    if (!found || Number(found[1]) < 1 || Number(found[1]) > count) return false;
    if (!silent) state.push("citation", "", 0).content = found[1];
    state.pos += found[0].length;
    return true;
  };
}

/** The blocks of one text, which may grow. */
export class BlockList {
  /** @param {Parser} parser */
  constructor(parser) {
    this.parser = parser;
    this.source = "";
    /** @type {Block[]} */
    this.blocks = [];
    this.env = {};
  }

  /**
   * @param {string} source
   * @param {boolean} isGrowing more will follow; else all is parsed, as links may be defined at the end
   * @returns {Block[]}
   */
  update(source, isGrowing) {
    const settled = isGrowing && source.startsWith(this.source) ? this.blocks.slice(0, -UNSETTLED) : [];
    const from = settled.length > 0 ? this.blocks[settled.length].offset : 0;
    if (from === 0) this.env = {};
    this.source = source;
    this.blocks = [...settled, ...blocksOf(this.parser, source.slice(from), this.env, from)];
    return this.blocks;
  }
}

/**
 * @param {Parser} parser
 * @param {string} source
 * @param {Record<string, any>} env link definitions found so far
 * @param {number} base offset of `source` in the whole text
 * @returns {Block[]}
 */
function blocksOf(parser, source, env, base) {
  const starts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
  /** @type {Block[]} */
  const blocks = [];
  const tokens = parser.parse(source, env);
  let first = 0;
  let isOpen = 0; // <details> whose end has not come
  for (let at = 0, depth = 0; at < tokens.length; at += 1) {
    depth += tokens[at].nesting;
    if (depth > 0) continue;
    const group = tokens.slice(first, at + 1);
    first = at + 1;
    const offset = base + (starts[group[0].map?.[0] ?? 0] ?? 0);
    const [{ type, content, info }] = group;
    const last = blocks.at(-1);
    if ((type === "fence" || type === "code_block") && !isOpen) {
      blocks.push({ kind: "code", offset, code: content.replace(/\n$/, ""), language: info.trim().split(/\s/)[0].toLowerCase() });
      continue;
    }
    const html = parser.renderer.render(group, parser.options, env);
    if (isOpen && last?.kind === "html") last.html += html;
    else blocks.push({ kind: "html", offset, html });
    if (type === "html_block") isOpen = Math.max(0, isOpen + count(content, /<details\b/gi) - count(content, /<\/details>/gi));
  }
  return blocks;
}

/** @param {string} text @param {RegExp} what */
const count = (text, what) => text.match(what)?.length ?? 0;
