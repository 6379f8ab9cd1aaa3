// @ts-check
// The account menu: who one is, language, theme, keys, signing out.

import { html, useState } from "../vendor/preact.js";
import { caller, forgetKey, signInPath, signOut } from "../api/session.js";
import { KeysDialog } from "../components/keys.js";
import { Icon } from "../components/icon.js";
import { Menu } from "../components/menu.js";
import { language, setTheme, theme } from "./preferences.js";
import { say, setLanguage } from "./words.js";

export function AccountMenu() {
  const [hasKeys, setKeys] = useState(false);
  const who = caller.value, isPerson = who.kind === "user", isHere = who.identity && who.kind !== "nobody";
  const name = isHere ? who.name || say("shell.api-key") : say("shell.settings");
  const themes = /** @type {const} */ ([["system", "screen"], ["light", "sun"], ["dark", "moon"]]);
  const items = [
    ...(isPerson ? [
      { title: say("shell.account"), icon: "user", href: `/account?lang=${language.value}` },
      { title: say("shell.api-keys"), icon: "key", onClick: () => setKeys(true) },
      { title: say("shell.export"), icon: "download", href: "/gateway/me/export", download: true }, null] : []),
    ...themes.map(([one, icon]) => ({ title: say(`shell.theme-${one}`), icon, isChecked: theme.value === one, onClick: () => setTheme(one) })), null,
    { title: "English", icon: "globe", isChecked: language.value === "en", onClick: () => setLanguage("en") },
    { title: "中文", icon: "globe", isChecked: language.value === "zh", onClick: () => setLanguage("zh") },
    ...(isHere ? [null, isPerson ? { title: say("shell.sign-out"), icon: "leave", onClick: signOut } : { title: say("shell.forget-key"), icon: "leave", onClick: forgetKey }] : []),
    ...(who.identity && !isHere ? [null, { title: say("shell.sign-in"), icon: "user", onClick: () => location.assign(signInPath()) }] : []),
  ];
  const head = isHere && html`<div class="strong truncate"><bdi>${name}</bdi></div><div class="muted tiny">${[who.email, who.role && say(`shell.role-${who.role}`)].filter(Boolean).join(" · ")}</div>`;
  const button = (/** @type {any} */ props) => html`<button type="button" id="account" class="nav-item" title=${name} ...${props}>
    ${isHere ? html`<span class="avatar" aria-hidden="true">${[...name][0]}</span>` : html`<${Icon} name="user" />`}<span class="label truncate"><bdi>${name}</bdi></span></button>`;
  return html`<${Menu} label=${isHere ? say("shell.account-of", name) : name} items=${items} head=${head} isUp side="left" button=${button} />
    ${hasKeys && html`<${KeysDialog} onClose=${() => setKeys(false)} />`}`;
}
