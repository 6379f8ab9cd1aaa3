// @ts-check
// The dialog in which a thing is shared: its owner, who may do what with it, requests for access, its link.

import { html, useState } from "../vendor/preact.js";
import { call, get, post } from "../api/http.js";
import { useResource } from "../api/resource.js";
import { canShare, caller } from "../api/session.js";
import { say } from "../shell/words.js";
import { Badge, Button } from "./button.js";
import { CopyLine } from "./copy.js";
import { Dialog, confirmed } from "./dialog.js";
import { Select } from "./field.js";
import { dateTime } from "./format.js";
import { Loaded, Notice, State } from "./states.js";
import { Subject, SubjectPicker, described, learn } from "./subjects.js";
import { failed } from "./toast.js";

const LEVELS = ["view", "use", "edit", "manage"], EVERYONE = "everyone";

/**
 * `path` is the thing's API path, `link` the address of its view; `about` says what each level allows.
 * @typedef {{name: string, path: string, link: string, about: string}} Thing
 * @typedef {{subject: string, level: string}} Grant
 */

const levels = (/** @type {string[]} */ all) => all.map((one) => ({ id: one, title: one ? say(`shell.level-${one}`) : say("shell.no-access") }));

/** A button that opens the dialog; nothing where things have no owners. @param {{thing: Thing}} props */
export function ShareButton({ thing }) {
  const [isOpen, setOpen] = useState(false);
  if (!canShare()) return null;
  return html`<${Button} icon="share" onClick=${() => setOpen(true)}>${say("shell.share")}</${Button}>${isOpen && html`<${ShareDialog} thing=${thing} onClose=${() => setOpen(false)} />`}`;
}

/** @param {{thing: Thing, onClose: () => void}} props */
export function ShareDialog({ thing, onClose }) {
  const [status, setStatus] = useState("");
  const access = useResource(async (signal) => {
    const found = await get(`${thing.path}/access`, {}, signal);
    const requests = found.yours === "manage" ? await get(`${thing.path}/access/requests`, {}, signal) : [];
    await learn([found.owner, ...[...(found.grants ?? []), ...requests].map((/** @type {Grant} */ one) => one.subject)]);
    return { ...found, requests };
  }, [thing.path]);
  const after = async (/** @type {() => Promise<unknown>} */ work, text = say("shell.saved")) => {
    setStatus("");
    try { await work(); setStatus(text); } catch (error) { failed(error); }
    access.reload();
  };
  // The grants may have changed meanwhile, so they are read first.
  const set = (/** @type {string} */ subject, /** @type {string} */ level) => after(async () => {
    /** @type {Grant[]} */
    const kept = (await get(`${thing.path}/access`)).grants.filter((/** @type {Grant} */ one) => one.subject !== subject);
    await call("PUT", `${thing.path}/access`, { body: { grants: level ? [...kept, { subject, level }] : kept } });
  });
  return html`<${Dialog} title=${html`${say("shell.share-title")} <bdi>${thing.name}</bdi>`} onClose=${onClose}>
    <${Loaded} of=${access} rows=${4}>${(/** @type {any} */ found) => found.yours === "manage"
      ? html`<${Managed} thing=${thing} access=${found} set=${set} after=${after} />`
      : html`<p>${say(`shell.you-${found.yours}`)}</p><${AskForm} path=${thing.path} label=${say("shell.request-more")} levels=${LEVELS.slice(LEVELS.indexOf(found.yours) + 1)} />`}</${Loaded}>
    <${CopyLine} label=${say("shell.link")} value=${new URL(thing.link, location.href).href} action=${say("shell.copy-link")} />
    <p class="muted small" role="status">${status}</p></${Dialog}>`;
}

/** @param {{thing: Thing, access: any, set: (subject: string, level: string) => unknown, after: (work: () => Promise<unknown>, text?: string) => unknown}} props */
function Managed({ thing, access, set, after }) {
  const [subject, setSubject] = useState(""), [level, setLevel] = useState("view"), [turn, setTurn] = useState(0);
  /** @type {Grant[]} */
  const others = access.grants.filter((/** @type {Grant} */ one) => one.subject !== EVERYONE);
  const whole = access.grants.find((/** @type {Grant} */ one) => one.subject === EVERYONE)?.level ?? "";
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!subject) return;
    await set(subject, level);
    setTurn(turn + 1);
    setSubject("");
  };
  const row = (/** @type {Grant} */ one) => html`<li key=${one.subject}><${Subject} subject=${one.subject} />
    <${Select} label=${say("shell.level-of", described(one.subject).name)} value=${one.level} options=${levels(LEVELS)} onChange=${(/** @type {string} */ wanted) => set(one.subject, wanted)} />
    <${Button} kind="ghost" icon="close" label=${say("shell.remove-of", described(one.subject).name)} onClick=${() => set(one.subject, "")} /></li>`;
  const request = (/** @type {any} */ one) => html`<li key=${one.subject}><${Subject} subject=${one.subject} /><span class="muted tiny">${say("shell.requested", say(`shell.level-${one.level}`))} · ${dateTime(one.requested_at)}</span>
    <${Button} size="small" label=${say("shell.accept-of", described(one.subject).name)} onClick=${() => set(one.subject, one.level)}>${say("shell.accept")}</${Button}>
    <${Button} size="small" kind="ghost" label=${say("shell.decline-of", described(one.subject).name)} onClick=${() => after(() => call("DELETE", `${thing.path}/access/requests/${encodeURIComponent(one.subject)}`))}>${say("shell.decline")}</${Button}></li>`;
  return html`${access.requests.length > 0 && html`<h3>${say("shell.requests")}</h3><ul class="entries">${access.requests.map(request)}</ul>`}
    <form class="inline-form" onSubmit=${add}><${SubjectPicker} key=${turn} label=${say("shell.add-people")} kinds=${["user", "group", "service-account"]} onChoose=${setSubject} />
      <${Select} label=${say("shell.permission")} value=${level} options=${levels(LEVELS)} onChange=${setLevel} /><${Button} type="submit" kind="primary" disabled=${!subject}>${say("shell.add")}</${Button}></form>
    <p class="muted tiny">${thing.about}</p>
    <ul class="entries"><${Owner} thing=${thing} owner=${access.owner} after=${after} />${others.map(row)}
      <li><span class="subject"><b>${say("shell.subject-everyone")}</b><span class="muted tiny">${say("shell.everyone-lead")}</span></span>
        <${Select} label=${say("shell.level-of", say("shell.subject-everyone"))} value=${whole} options=${levels(["", ...LEVELS])} onChange=${(/** @type {string} */ wanted) => set(EVERYONE, wanted)} /></li></ul>`;
}

/** @param {{thing: Thing, owner: string, after: (work: () => Promise<unknown>, text?: string) => unknown}} props */
function Owner({ thing, owner, after }) {
  const [isOpen, setOpen] = useState(false), [heir, setHeir] = useState("");
  const give = async (/** @type {string} */ to, /** @type {string} */ title) => {
    if (!await confirmed({ title, text: say("shell.transfer-text"), action: say("shell.transfer") })) return;
    await after(() => call("PUT", `${thing.path}/owner`, { body: { owner: to } }));
    setOpen(false);
  };
  const me = caller.value, canTake = owner !== me.subject && me.kind === "user";
  return html`<li><${Subject} subject=${owner} /><${Badge}>${say("shell.owner")}</${Badge}>
    ${canTake && html`<${Button} size="small" onClick=${() => give(me.subject, say("shell.sure-take"))}>${say("shell.take-over")}</${Button}>`}
    ${isOpen ? html`<form class="inline-form grow" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); if (heir) give(heir, say("shell.sure-transfer", described(heir).name)); }}>
        <${SubjectPicker} label=${say("shell.new-owner")} kinds=${["user", "service-account"]} onChoose=${setHeir} hasFocus /><${Button} type="submit" disabled=${!heir}>${say("shell.transfer")}</${Button}>
        <${Button} kind="ghost" onClick=${() => setOpen(false)}>${say("shell.cancel")}</${Button}></form>`
      : html`<${Button} size="small" kind="ghost" onClick=${() => setOpen(true)}>${say("shell.transfer-to")}</${Button}>`}</li>`;
}

/** Asks a thing's managers for a level; the answer is the same whether the thing exists or not. @param {{path: string, label: string, levels: string[]}} props */
export function AskForm({ path, label, levels: all }) {
  const [level, setLevel] = useState(all[0]), [isAsked, setAsked] = useState(false);
  const ask = (/** @type {Event} */ event) => { event.preventDefault(); post(`${path}/access/requests`, { level }).then(() => setAsked(true), failed); };
  if (isAsked) return html`<${Notice} kind="good">${say("shell.asked")}</${Notice}>`;
  return html`<form class="inline-form" onSubmit=${ask}><${Select} label=${say("shell.permission")} value=${level} options=${levels(all)} onChange=${setLevel} /><${Button} type="submit">${label}</${Button}></form>`;
}

/** In place of a thing that does not exist, or that the caller may not see. @param {{title: string, path: string, home: string}} props */
export const AbsentState = ({ title, path, home }) => html`<${State} icon="gone" title=${title} text=${canShare() ? say("shell.absent-lead") : ""}>
  ${canShare() && html`<${AskForm} path=${path} label=${say("shell.request-access")} levels=${LEVELS.slice(0, 3)} />`}<${Button} href=${home}>${say("shell.back")}</${Button}></${State}>`;
