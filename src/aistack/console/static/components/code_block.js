// @ts-check
// Code to read: coloured, with buttons to copy, wrap and download it.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { say } from "../shell/words.js";
import { useLibrary } from "./library.js";

const COLOURED_MAX = 100_000; // characters
const COLOURS_EVERY_MS = 250; // while the code grows
const NOTICE_MS = 1500;
const EXTENSIONS = /** @type {Record<string, string>} */ ({
  bash: "sh", csharp: "cs", javascript: "js", kotlin: "kt", markdown: "md", python: "py", ruby: "rb", rust: "rs", shell: "sh",
  typescript: "ts", xml: "xml", yaml: "yaml",
});

/**
 * @param {{ code: string, language?: string, name?: string }} props `name` is that of the downloaded file
 */
export function CodeBlock({ code, language = "", name }) {
  const { library } = useLibrary(() => import("../vendor/highlight.js"));
  const [isWrapped, setWrapped] = useState(false);
  const [isCopied, setCopied] = useState(false);
  const shown = useRef(/** @type {HTMLElement | null} */ (null));
  const drawn = useRef(0);

  useEffect(() => {
    const element = shown.current;
    if (!element) return undefined;
    const known = library?.hljs.getLanguage(language) ? language : "";
    const draw = () => {
      drawn.current = Date.now();
      if (library && known && code.length <= COLOURED_MAX) {
        // eslint-disable-next-line no-restricted-properties -- highlight.js escapes the code
        element.innerHTML = library.hljs.highlight(code, { language: known, ignoreIllegals: true }).value;
      } else element.textContent = code;
    };
    const wait = drawn.current + COLOURS_EVERY_MS - Date.now();
    if (wait <= 0 || !library) {
      draw();
      return undefined;
    }
    const timer = setTimeout(draw, wait);
    return () => clearTimeout(timer);
  }, [code, language, library]);

  async function copy() {
    await navigator.clipboard.writeText(code);
    setCopied(true);
    setTimeout(() => setCopied(false), NOTICE_MS);
  }

  function download() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([code], { type: "text/plain" }));
    link.download = name ?? `code.${EXTENSIONS[language] ?? (/^[a-z]{1,8}$/.test(language) ? language : "txt")}`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  return html`<figure class="code-block" data-wrapped=${isWrapped}>
    <figcaption><span class="code-language">${language}</span>
      ${library && html`
        <button type="button" class="button ghost small" aria-pressed=${isWrapped} onClick=${() => setWrapped(!isWrapped)}>${say("viewers.wrap")}</button>
        <button type="button" class="button ghost small" onClick=${download}>${say("viewers.download")}</button>
        <button type="button" class="button ghost small" onClick=${copy}>${say(isCopied ? "viewers.copied" : "viewers.copy")}</button>
        <span class="visually-hidden" role="status">${isCopied ? say("viewers.copied") : ""}</span>`}
    </figcaption>
    <pre tabindex="0" role="region" aria-label=${library ? (language ? say("viewers.codeIn", language) : say("viewers.code")) : language}><code ref=${shown} translate="no"></code></pre>
  </figure>`;
}
