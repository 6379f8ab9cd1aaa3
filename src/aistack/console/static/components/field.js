// @ts-check
// Fields of forms with their labels, hints and problems.

import { html, useId } from "../vendor/preact.js";
import { Icon } from "./icon.js";

/**
 * A labelled field: an input, or with `options` a choice, or with `rows` a text of several lines.
 * `onInput` is called with the value.
 * @param {{label: string, value?: string | number, onInput?: (value: string) => void, hint?: string, problem?: string,
 *   options?: {id: string, title: string}[], rows?: number, [other: string]: any}} props
 */
export function Field({ label, value, onInput, hint, problem, options, rows, ...rest }) {
  const id = useId(), about = [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined;
  const common = {
    ...rest, id, class: "input", value, "aria-describedby": about, "aria-invalid": problem ? "true" : undefined,
    [options ? "onChange" : "onInput"]: (/** @type {any} */ event) => onInput?.(event.currentTarget.value),
  };
  return html`<div class="field"><label for=${id}>${label}</label>
    ${options ? html`<select ...${common}><${Options} options=${options} value=${value} /></select>`
      : rows ? html`<textarea ...${common} rows=${rows}></textarea>` : html`<input autocomplete="off" ...${common} />`}
    ${hint && html`<span id="${id}-hint" class="hint">${hint}</span>`}
    ${problem && html`<span id="${id}-problem" class="problem" role="alert">${problem}</span>`}
  </div>`;
}

/** @param {{options: {id: string, title: string}[], value?: string | number}} props */
const Options = ({ options, value }) => options.map((one) => html`<option key=${one.id} value=${one.id} selected=${one.id === value}>${one.title}</option>`);

/**
 * A choice whose label is not shown.
 * @param {{label: string, value: string, options: {id: string, title: string}[], onChange: (value: string) => void, [other: string]: any}} props
 */
export function Select({ label, value, options, onChange, ...rest }) {
  return html`<select ...${rest} class="input" aria-label=${label} value=${value} onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.value)}>
    <${Options} options=${options} value=${value} /></select>`;
}

/** @param {{label: any, checked: boolean, onChange: (checked: boolean) => void, [other: string]: any}} props */
export function Check({ label, checked, onChange, ...rest }) {
  return html`<label class="check"><input ...${rest} type="checkbox" checked=${checked} onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.checked)} /><span>${label}</span></label>`;
}

/**
 * A field that searches or filters.
 * @param {{label: string, value: string, onInput: (value: string) => void, [other: string]: any}} props
 */
export function SearchField({ label, value, onInput, ...rest }) {
  return html`<div class="search-field"><${Icon} name="search" />
    <input placeholder=${label} ...${rest} class="input" type="text" aria-label=${label} autocomplete="off" spellcheck=${false} value=${value}
      onInput=${(/** @type {any} */ event) => onInput(event.currentTarget.value)} /></div>`;
}
