// @ts-check
// The frame around every page: sidebar, palette, messages, and the dialogs that may open anywhere.

import { html, useEffect, useState } from "../vendor/preact.js";
import { Button } from "../components/button.js";
import { Confirmation } from "../components/dialog.js";
import { Icon } from "../components/icon.js";
import { Toasts } from "../components/toast.js";
import { Palette } from "./palette.js";
import { PageView } from "./page_view.js";
import { Sidebar } from "./sidebar.js";
import { SignInDialog } from "./sign_in_dialog.js";
import { say } from "./words.js";

export function Shell() {
  const [isDrawer, setDrawer] = useState(false), [isPalette, setPalette] = useState(false), [isOffline, setOffline] = useState(!navigator.onLine);
  useEffect(() => {
    const press = (/** @type {KeyboardEvent} */ event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setPalette((one) => !one);
    };
    const network = () => setOffline(!navigator.onLine);
    addEventListener("keydown", press);
    for (const one of ["online", "offline"]) addEventListener(one, network);
    return () => { removeEventListener("keydown", press); for (const one of ["online", "offline"]) removeEventListener(one, network); };
  }, []);
  const search = () => { setDrawer(false); setPalette(true); };
  return html`<div class="shell"><a class="skip button" href="#main">${say("shell.skip")}</a>
    <div class="topbar"><${Button} kind="ghost" icon="menu" label=${say("shell.open-menu")} onClick=${() => setDrawer(true)} /><a class="brand" href="/"><img src="/console/icon.svg" alt="" width="22" height="22" />AI Stack</a>
      <span class="grow"></span><${Button} kind="ghost" icon="search" label=${say("shell.search")} onClick=${search} /></div>
    <${Sidebar} isOpen=${isDrawer} onClose=${() => setDrawer(false)} onSearch=${search} />
    <main id="main" tabindex="-1">${isOffline && html`<div class="offline-bar" role="status"><${Icon} name="offline" />${say("shell.offline-bar")}</div>`}<${PageView} /></main>
    ${isPalette && html`<${Palette} onClose=${() => setPalette(false)} />`}<${SignInDialog} /><${Confirmation} /><${Toasts} /></div>`;
}
