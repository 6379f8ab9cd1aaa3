// @ts-check
// A PDF file, its pages drawn as they come into view, with the cited passage marked on its page.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { say } from "../shell/words.js";
import { LibraryPending, sized, useLibrary } from "./library.js";
import { PdfPage } from "./pdf_page.js";

/** @typedef {{ page: number, text?: string, boxes?: [number, number, number, number][] }} Passage
 * `page` counts from 1; `boxes` are left, bottom, right, top in points of the page; without them, `text` is looked for. */

const vendor = (/** @type {string} */ path) => new URL(`../vendor/${path}`, import.meta.url).href;

/**
 * `file`: its bytes, or an address at this origin, fetched with `headers`. `page`: which is in view first.
 * @param {{ file: string | Uint8Array, headers?: Record<string, string>, page?: number, passages?: Passage[], height?: number, zoom?: number, label: string }} props
 */
export function PdfView({ file, headers, page = 1, passages = [], height = 720, zoom = 1, label }) {
  const { library, failed, retry } = useLibrary(async () => {
    const loaded = await import("../vendor/pdf.js");
    loaded.GlobalWorkerOptions.workerSrc = vendor("pdf_worker.js");
    return loaded;
  });
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [pages, setPages] = useState(/** @type {any[]} */ ([]));
  const [problem, setProblem] = useState("");

  useEffect(() => {
    if (!library) return undefined;
    let isGone = false;
    setPages([]);
    setProblem("");
    const task = library.getDocument({
      ...(typeof file === "string" ? { url: file, httpHeaders: headers } : { data: file.slice() }),
      cMapUrl: vendor("pdf/cmaps/"), cMapPacked: true, standardFontDataUrl: vendor("pdf/standard_fonts/"), wasmUrl: vendor("pdf/wasm/"), useWasm: false,
      useSystemFonts: true, enableXfa: false, stopAtErrors: false,
    });
    task.promise
      .then((document) => Promise.all(Array.from({ length: document.numPages }, (_, index) => document.getPage(index + 1))))
      .then((found) => isGone || setPages(found))
      .catch((error) => isGone || setProblem(say(error.name === "PasswordException" ? "viewers.passwordNeeded" : "viewers.pdfFailed")));
    return () => {
      isGone = true;
      task.destroy();
    };
  }, [library, file]);
  useEffect(() => {
    frame.current?.querySelector(`[data-page="${page}"]`)?.scrollIntoView({ block: "start" });
  }, [pages, page]);

  if (!library) return html`<${LibraryPending} failed=${failed} retry=${retry} height=${height} />`;
  if (problem) return html`<p class="notice bad" role="alert">${problem}</p>`;
  return html`<div class="pdf-view" tabindex="0" role="region" aria-label=${label} aria-busy=${pages.length === 0} ref=${(/** @type {any} */ element) => {
    frame.current = element;
    sized(height)(element);
  }}>${pages.map((one, index) => html`<${PdfPage} key=${index} library=${library} page=${one} zoom=${zoom} frame=${frame}
    label=${say("viewers.page", index + 1, pages.length)} passages=${passages.filter((passage) => passage.page === index + 1)} />`)}</div>`;
}
