// @ts-check
// Asks for an API key, or leads to signing in after a session has ended. What was typed on the page stays.

import { html, useState } from "../vendor/preact.js";
import { signInDialog, signInPath, useKey } from "../api/session.js";
import { Button } from "../components/button.js";
import { Dialog, Form } from "../components/dialog.js";
import { Field } from "../components/field.js";
import { say } from "./words.js";

export function SignInDialog() {
  const [key, setKey] = useState("");
  const close = () => { signInDialog.value = ""; };
  const enter = async () => {
    if (!await useKey(key)) throw new Error(say("shell.key-refused"));
    location.reload();
  };
  if (signInDialog.value === "ended") {
    return html`<${Dialog} title=${say("shell.signed-out")} onClose=${close}><p>${say("shell.signed-out-text")}</p>
      <div class="form-actions"><${Button} kind="primary" href=${signInPath()} autofocus>${say("shell.sign-in")}</${Button}></div></${Dialog}>`;
  }
  if (signInDialog.value !== "key") return null;
  return html`<${Dialog} title=${say("shell.key-needed")} onClose=${close}><${Form} onSubmit=${enter} submit=${say("shell.continue")}>
    <${Field} label=${say("shell.api-key")} type="password" placeholder="ask_…" hint=${say("shell.key-hint")} value=${key} onInput=${setKey} required /></${Form}>
    <p class="small"><a href=${signInPath()}>${say("shell.sign-in-instead")}</a></p></${Dialog}>`;
}
