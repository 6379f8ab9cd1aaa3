// @ts-check
// Uploads into a collection: dropped, pasted or picked, each with its progress and the reason if it failed.

import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { isAbort } from "../../api/errors.js";
import { upload } from "../../api/uploads.js";
import { Badge, Button } from "../../components/button.js";
import { CopyAs } from "../../components/copy.js";
import { percent, size } from "../../components/format.js";
import { say } from "../../shell/words.js";
import { finished } from "./api.js";

const AT_ONCE = 3, SHOWN_MAX = 200;

/**
 * `part` is between 0 and 1 while the file is sent.
 * @typedef {{id: number, file: File, state: "waiting" | "sending" | "indexing" | "done" | "duplicate" | "failed" | "stopped", part: number, error: string, controller: AbortController}} Upload
 */

/** Uploads of a collection. @param {string} path that of the collection @param {() => void} onDone */
export function useUploads(path, onDone) {
  const [all, setAll] = useState(/** @type {Upload[]} */ ([])), last = useRef(0), running = useRef(0), queue = useRef(/** @type {Upload[]} */ ([])), zone = useRef(/** @type {HTMLElement | null} */ (null));
  const done = useRef(onDone);
  done.current = onDone;
  const change = (/** @type {number} */ id, /** @type {Partial<Upload>} */ parts) => setAll((before) => before.map((one) => (one.id === id ? { ...one, ...parts } : one)));
  const send = async (/** @type {Upload} */ one) => {
    const form = new FormData();
    form.append("files", one.file, one.file.webkitRelativePath || one.file.name);
    change(one.id, { state: "sending" });
    try {
      const job = await upload(`${path}/documents`, form, { signal: one.controller.signal, onProgress: (part) => change(one.id, { part }) });
      change(one.id, { state: "indexing", part: 1 });
      const item = (await finished(job)).items[0];
      change(one.id, { state: item?.state === "failed" ? "failed" : item?.state === "duplicate" ? "duplicate" : "done", error: item?.error ?? "" });
    } catch (error) {
      change(one.id, isAbort(error) ? { state: "stopped" } : { state: "failed", error: /** @type {Error} */ (error).message || say("shell.no-answer") });
    }
    done.current();
  };
  const pump = async () => {
    while (running.current < AT_ONCE && queue.current.length) {
      const next = /** @type {Upload} */ (queue.current.shift());
      if (next.controller.signal.aborted) { change(next.id, { state: "stopped" }); continue; }
      running.current++;
      send(next).finally(() => { running.current--; pump(); });
    }
  };
  const add = (/** @type {File[]} */ files) => {
    /** @type {Upload[]} */
    const made = files.map((file) => ({ id: ++last.current, file, state: "waiting", part: 0, error: "", controller: new AbortController() }));
    setAll((before) => [...made, ...before].slice(0, SHOWN_MAX + made.length));
    queue.current.push(...made);
    pump();
  };
  const latest = useRef(add);
  latest.current = add;
  useEffect(() => {
    const element = zone.current;
    if (!element) return undefined;
    const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
    const over = (/** @type {DragEvent} */ event) => { if (hasFiles(event)) { event.preventDefault(); element.classList.add("dropping"); } };
    const leave = (/** @type {DragEvent} */ event) => { if (!element.contains(/** @type {Node} */ (event.relatedTarget))) element.classList.remove("dropping"); };
    const drop = (/** @type {DragEvent} */ event) => { event.preventDefault(); element.classList.remove("dropping"); latest.current([...event.dataTransfer?.files ?? []]); };
    const paste = (/** @type {ClipboardEvent} */ event) => { const files = [...event.clipboardData?.files ?? []]; if (files.length) latest.current(files); };
    element.addEventListener("dragover", over);
    element.addEventListener("dragleave", leave);
    element.addEventListener("drop", drop);
    document.addEventListener("paste", paste);
    return () => { element.removeEventListener("dragover", over); element.removeEventListener("dragleave", leave); element.removeEventListener("drop", drop); document.removeEventListener("paste", paste); };
  }, []);
  return { all, add, path, dropZone: zone, clear: () => setAll((before) => before.filter((one) => ["waiting", "sending", "indexing"].includes(one.state))) };
}

const KINDS = /** @type {Record<string, "good" | "bad" | "accent" | "">} */ ({ done: "good", failed: "bad", sending: "accent", indexing: "accent" });

/** The list of uploads, while there are any. @param {{uploads: ReturnType<typeof useUploads>}} props */
export function Uploads({ uploads }) {
  const { all } = uploads, count = (/** @type {string[]} */ states) => all.filter((one) => states.includes(one.state)).length;
  if (!all.length) return null;
  const failures = count(["failed"]), ended = count(["done", "duplicate", "failed", "stopped"]);
  return html`<section class="documents-uploads" aria-label=${say("documents.uploads")}>
    <div class="row"><h2 class="small" role="status">${say("documents.uploaded", ended, all.length)}${failures > 0 && html` <${Badge} kind="bad">${say("documents.failures", failures)}</${Badge}>`}</h2><span class="grow"></span>
      <${CopyAs} size="small" call=${() => ({ method: "POST", path: `${uploads.path}/documents`, files: all.slice(0, 3).map((one) => one.file.name) })} />
      ${ended > 0 && html`<${Button} size="small" kind="ghost" onClick=${uploads.clear}>${say("documents.clear-uploads")}</${Button}>`}</div>
    <ul class="plain-list">${all.map((one) => html`<li key=${one.id} class="documents-upload"><bdi class="truncate grow" title=${one.file.name}>${one.file.name}</bdi><span class="muted tiny">${size(one.file.size)}</span>
      <${Badge} kind=${KINDS[one.state] ?? ""}>${one.state === "sending" ? percent(one.part) : say(`documents.upload-${one.state}`)}</${Badge}>
      ${["waiting", "sending"].includes(one.state) && html`<${Button} size="small" kind="ghost" icon="stop" label=${say("documents.stop-of", one.file.name)} onClick=${() => one.controller.abort()} />`}
      ${one.state === "failed" && html`<${Button} size="small" kind="ghost" icon="refresh" label=${say("documents.retry-of", one.file.name)} onClick=${() => uploads.add([one.file])} />`}
      ${one.state === "sending" && html`<progress class="bar" max="1" value=${one.part} aria-label=${one.file.name}></progress>`}${one.error && html`<p class="documents-reason">${one.error}</p>`}</li>`)}</ul></section>`;
}
