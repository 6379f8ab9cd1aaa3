// @ts-check
// Which database a view is about: the one in the address, else the one that was used last, else the first.

import { html } from "../../vendor/preact.js";
import { Select } from "../../components/field.js";
import { place, setQuery } from "../../shell/router.js";
import { say } from "../../shell/words.js";

const LAST = "data.connection";
/** @typedef {import("./api.js").Connection} Connection */

/**
 * The chosen connection, undefined if there is none. `isAbsent` if the address names one that the caller cannot use.
 * @param {Connection[]} all those that the caller may use here
 * @returns {{connection: Connection | undefined, isAbsent: boolean}}
 */
export function chosenConnection(all) {
  const wanted = place.value.query.connection ?? "";
  const named = all.find((one) => one.id === wanted) ?? all.find((one) => one.name === wanted);
  if (wanted) return { connection: named, isAbsent: !named };
  return { connection: all.find((one) => one.id === localStorage.getItem(LAST)) ?? all[0], isAbsent: false };
}

/** @param {{all: Connection[], value: string, onChoose?: (id: string) => void}} props */
export function ConnectionSelect({ all, value, onChoose = (id) => setQuery({ connection: id }) }) {
  const choose = (/** @type {string} */ id) => { localStorage.setItem(LAST, id); onChoose(id); };
  return html`<${Select} id="connection" label=${say("data.database")} value=${value} options=${all.map((one) => ({ id: one.id, title: one.name }))} onChange=${choose} />`;
}
