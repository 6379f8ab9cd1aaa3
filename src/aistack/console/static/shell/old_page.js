// @ts-check
// A page that has not moved into the application yet, in a frame. The query of the address is handed to it.

import { html, useRef } from "../vendor/preact.js";
import { language } from "./preferences.js";
import { place } from "./router.js";

/** @param {{path: string, title: string}} props */
export function OldPage({ path, title }) {
  const query = useRef(location.search);
  if (place.value.query.key) query.current = location.search;
  return html`<iframe key=${path + language.value} class="old-page" title=${title} src=${path + query.current}></iframe>`;
}
