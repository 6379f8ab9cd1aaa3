// @ts-check
// Loads a heavy library when a component first needs it, with the words and styles of the viewers.

import { html, useEffect, useState } from "../vendor/preact.js";
import { loadWords, say } from "../shell/words.js";

/** @type {Map<string, Promise<void>>} */
const sheets = new Map();

/**
 * Adds a style sheet to the page, once.
 * @param {string} path below `static/`
 * @returns {Promise<void>}
 */
export function loadStyles(path) {
  const href = new URL(`../${path}`, import.meta.url).href;
  const known = sheets.get(href);
  if (known) return known;
  const loaded = new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.onload = () => resolve(undefined);
    link.onerror = () => {
      sheets.delete(href);
      link.remove();
      reject(new Error(`${path} could not be loaded`));
    };
    document.head.append(link);
  });
  sheets.set(href, loaded);
  return loaded;
}

/**
 * @template Library
 * @param {() => Promise<Library>} load an import of a file of `vendor/`
 * @returns {{ library?: Library, failed?: Error, retry: () => void }}
 */
export function useLibrary(load) {
  const [state, setState] = useState(/** @type {{ library?: Library, failed?: Error }} */ ({}));
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isGone = false;
    Promise.all([load(), loadWords("viewers"), loadStyles("styles/viewers.css")]).then(
      ([library]) => isGone || setState({ library }),
      (failed) => isGone || setState({ failed }),
    );
    return () => { isGone = true; };
  }, [attempt]);
  return { ...state, retry: () => setAttempt(attempt + 1) };
}

/**
 * What stands in place of a viewer until its library is there, or when it cannot be loaded.
 * @param {{ failed?: Error, retry: () => void, height?: number }} props
 */
export function LibraryPending({ failed, retry, height = 120 }) {
  if (!failed) return html`<div class="viewer-pending" aria-busy="true" ref=${sized(height)}></div>`;
  return html`<div class="notice bad" role="alert"><span>${failed.message}</span>
    <button type="button" class="button small" onClick=${retry}>${say("viewers.retry")}</button></div>`;
}

/**
 * A height in pixels, set through the object model: the policy allows no style attributes.
 * @param {number} height
 * @returns {(element: HTMLElement | null) => void}
 */
export function sized(height) {
  return (element) => { if (element) element.style.height = `${height}px`; };
}
