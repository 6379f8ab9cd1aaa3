// @ts-check
// Loads the page of the address with its words and styles, and says so when its service does not run.

import { html, useEffect, useState } from "../vendor/preact.js";
import { get } from "../api/http.js";
import { useResource } from "../api/resource.js";
import { caller } from "../api/session.js";
import { Button } from "../components/button.js";
import { ErrorState, Skeleton, State } from "../components/states.js";
import { pageOf } from "../pages.js";
import { place } from "./router.js";
import { loadWords, say } from "./words.js";

const loaded = /** @type {Record<string, any>} */ ({});

/** @param {import("../pages.js").PageEntry} page */
async function load(page) {
  const [module] = await Promise.all([page.load(), loadWords(page.id), page.hasStyles ? loadStyles(page.id) : null]);
  loaded[page.id] = module.default;
}

/** @param {string} id */
function loadStyles(id) {
  const href = `/console/styles/${id}.css`;
  if (document.querySelector(`link[href="${href}"]`)) return null;
  return new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: resolve, onerror: reject }));
  });
}

export function PageView() {
  const page = pageOf(place.value.path);
  const [, setReady] = useState(""), [error, setError] = useState(/** @type {Error | null} */ (null));
  useEffect(() => {
    setError(null);
    if (page && !loaded[page.id]) load(page).then(() => setReady(page.id), setError);
  }, [page?.id]);
  if (!page) return html`<${State} icon="gone" title=${say("shell.no-page")}><${Button} href="/">${say("shell.home")}</${Button}></${State}>`;
  if (error) return html`<${ErrorState} error=${error} onRetry=${() => location.reload()} />`;
  const View = loaded[page.id];
  if (!View) return html`<${Skeleton} />`;
  if (page.forAdministrators && caller.value.kind === "user" && !caller.value.is_administrator) {
    return html`<${State} icon="lock" title=${say("shell.administrators-only")} />`;
  }
  const segments = page.path === "/" ? place.value.segments.slice(1) : place.value.segments.slice(1);
  return html`<${ServiceGate} key=${page.id} page=${page}><${View} segments=${segments} /></${ServiceGate}>`;
}

/** Shows the page unless its service does not run. @param {{page: import("../pages.js").PageEntry, children: any}} props */
function ServiceGate({ page, children }) {
  const probe = useResource(async (signal) => { if (page.probe) await get(page.probe, {}, signal); return true; }, [page.id]);
  const status = /** @type {any} */ (probe.error)?.status;
  if (status !== 404 && status !== 502 && status !== 503) return children;
  return html`<${State} icon="power" title=${say("shell.not-running", say(`shell.page-${page.id}`))}
    text=${html`<p>${say("shell.how-to-start")}</p><pre class="code">${`[services.${page.service}]\nenabled = true`}</pre><p>${say("shell.then-start")} <code>aistack up</code></p>`}>
    <${Button} icon="refresh" onClick=${probe.reload}>${say("shell.retry")}</${Button}></${State}>`;
}
