// @ts-check
// Text of models and documents as markdown. It runs no script and loads nothing from elsewhere, whatever it says.

import { html, useMemo } from "../vendor/preact.js";
import { CodeBlock } from "./code_block.js";
import { LibraryPending, useLibrary } from "./library.js";
import { HtmlBlock } from "./markdown/block.js";
import { BlockList, createParser } from "./markdown/parser.js";
import { createSanitiser } from "./markdown/sanitiser.js";

const NOWHERE = /** @type {string[]} */ ([]);

/**
 * `isGrowing`: more of `source` will follow, and only its last blocks are drawn again. `citations`: `[1]` to `[citations]` are
 * buttons, which call `onCitation`. `imagePaths`: prefixes of paths at this origin from which images are shown; keep it the same array.
 * @param {{ source: string, isGrowing?: boolean, citations?: number, imagePaths?: string[],
 *   onCitation?: (number: number, button: Element) => void }} props
 */
export function Markdown({ source, isGrowing = false, citations = 0, imagePaths = NOWHERE, onCitation }) {
  const { library, failed, retry } = useLibrary(() => import("../vendor/markdown.js"));
  const list = useMemo(() => library && new BlockList(createParser(library.MarkdownIt, citations)), [library, citations]);
  const sanitise = useMemo(() => library && createSanitiser(library.DOMPurify, imagePaths), [library, imagePaths]);
  const blocks = useMemo(() => list?.update(source, isGrowing) ?? [], [list, source, isGrowing]);
  if (failed) return html`<${LibraryPending} failed=${failed} retry=${retry} /><pre class="markdown-plain">${source}</pre>`;
  if (!library) return html`<pre class="markdown-plain" aria-busy="true">${source}</pre>`;
  return html`<div class="markdown" dir="auto">${blocks.map((block) => (block.kind === "code"
    ? html`<${CodeBlock} key=${`code-${block.offset}`} code=${block.code} language=${block.language} />`
    : html`<${HtmlBlock} key=${`html-${block.offset}`} content=${block.html} sanitise=${sanitise} onCitation=${onCitation} />`))}</div>`;
}
