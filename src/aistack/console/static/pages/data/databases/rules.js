// @ts-check
// Rows of a form for masks of columns and filters of rows.

import { html, useId } from "../../../vendor/preact.js";
import { Button } from "../../../components/button.js";
import { Select } from "../../../components/field.js";
import { say } from "../../../shell/words.js";

const HOWS = ["partial", "hash", "null"];
/** @typedef {import("../api.js").ConnectionSchemas["Mask"]} Mask */
/** @typedef {import("../api.js").ConnectionSchemas["RowFilter"]} RowFilter */
/** @typedef {import("../api.js").TableInfo[]} Tables */

const namesIn = (/** @type {string} */ text) => text.split(/[,，]+/).map((one) => one.trim()).filter(Boolean);
/** @template T @param {T[]} all @param {number} at @param {Partial<T>} change */
const changedAt = (all, at, change) => all.map((one, index) => (index === at ? { ...one, ...change } : one));

/** @param {{label: string, value: string, list: string, onChange: (value: string) => void, placeholder?: string, isWide?: boolean}} props */
const Name = ({ label, value, list, onChange, placeholder = label, isWide = false }) => html`<input class="input code ${isWide ? "data-wide" : ""}" aria-label=${label} placeholder=${placeholder} value=${value} list=${list || undefined}
  autocomplete="off" spellcheck=${false} onInput=${(/** @type {any} */ event) => onChange(event.currentTarget.value)} />`;

/** @param {{label: string, value: string[], onChange: (all: string[]) => void}} props */
const Exempt = ({ label, value, onChange }) => html`<input class="input" aria-label=${label} placeholder=${say("data.except-for")} value=${value.join(", ")} autocomplete="off"
  onChange=${(/** @type {any} */ event) => onChange(namesIn(event.currentTarget.value))} />`;

/** @param {{masks: Mask[], tables: Tables, onChange: (masks: Mask[]) => void}} props */
export function Masks({ masks, tables, onChange }) {
  const id = useId();
  const columns = (/** @type {string} */ name) => tables.find((one) => one.name === name || one.name.endsWith(`.${name}`))?.columns ?? [];
  const hows = HOWS.map((one) => ({ id: one, title: say(`data.mask-${one}`) }));
  return html`<section class="stack tight" aria-label=${say("data.masks")}><div class="row"><h2>${say("data.masks")}</h2><span class="grow"></span>
      <${Button} size="small" icon="plus" onClick=${() => onChange([...masks, { table: "", column: "", how: "partial", except_for: [] }])}>${say("data.add-mask")}</${Button}></div>
    <p class="muted small">${say("data.masks-lead")}</p><datalist id="${id}-tables">${tables.map((one) => html`<option value=${one.name}></option>`)}</datalist>
    ${masks.map((one, at) => html`<div key=${at} class="data-rule" role="group" aria-label=${say("data.mask-number", at + 1)}>
      <${Name} label=${say("data.table")} list="${id}-tables" value=${one.table} onChange=${(/** @type {string} */ table) => onChange(changedAt(masks, at, { table }))} />
      <datalist id="${id}-${at}">${columns(one.table).map((column) => html`<option value=${column.name}></option>`)}</datalist>
      <${Name} label=${say("data.column")} list="${id}-${at}" value=${one.column} onChange=${(/** @type {string} */ column) => onChange(changedAt(masks, at, { column }))} />
      <${Select} label=${say("data.mask-how")} value=${one.how ?? "null"} options=${hows} onChange=${(/** @type {any} */ how) => onChange(changedAt(masks, at, { how }))} />
      <${Exempt} label=${say("data.except-for")} value=${one.except_for ?? []} onChange=${(/** @type {string[]} */ except_for) => onChange(changedAt(masks, at, { except_for }))} />
      <${Button} kind="ghost" icon="trash" label=${say("data.remove-mask", at + 1)} onClick=${() => onChange(masks.filter((_, index) => index !== at))} /></div>`)}</section>`;
}

/** @param {{filters: RowFilter[], tables: Tables, onChange: (filters: RowFilter[]) => void}} props */
export function Filters({ filters, tables, onChange }) {
  const id = useId();
  return html`<section class="stack tight" aria-label=${say("data.filters")}><div class="row"><h2>${say("data.filters")}</h2><span class="grow"></span>
      <${Button} size="small" icon="plus" onClick=${() => onChange([...filters, { table: "", where: "", except_for: [] }])}>${say("data.add-filter")}</${Button}></div>
    <p class="muted small">${say("data.filters-lead")}</p><datalist id=${id}>${tables.map((one) => html`<option value=${one.name}></option>`)}</datalist>
    ${filters.map((one, at) => html`<div key=${at} class="data-rule" role="group" aria-label=${say("data.filter-number", at + 1)}>
      <${Name} label=${say("data.table")} list=${id} value=${one.table} onChange=${(/** @type {string} */ table) => onChange(changedAt(filters, at, { table }))} />
      <${Name} label=${say("data.condition")} list="" placeholder="region IN ({caller.groups})" isWide value=${one.where} onChange=${(/** @type {string} */ where) => onChange(changedAt(filters, at, { where }))} />
      <${Exempt} label=${say("data.except-for")} value=${one.except_for ?? []} onChange=${(/** @type {string[]} */ except_for) => onChange(changedAt(filters, at, { except_for }))} />
      <${Button} kind="ghost" icon="trash" label=${say("data.remove-filter", at + 1)} onClick=${() => onChange(filters.filter((_, index) => index !== at))} /></div>`)}</section>`;
}
