// @ts-check
// Starts the console: who the caller is, the words of the shell, then the page of the address.

import { html, render } from "./vendor/preact.js";
import { followSignIn, loadCaller, signInIfNeeded } from "./api/session.js";
import { pageOf } from "./pages.js";
import { startRouter } from "./shell/router.js";
import { Shell } from "./shell/shell.js";
import { loadWords } from "./shell/words.js";

await Promise.all([loadWords("shell"), loadCaller()]);
startRouter((path) => pageOf(path) !== null);
followSignIn();
render(html`<${Shell} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
await signInIfNeeded();
