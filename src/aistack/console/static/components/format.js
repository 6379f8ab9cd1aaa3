// @ts-check
// Numbers, sizes, dates and lists as the language writes them.

import { language } from "../shell/preferences.js";

const locale = () => (language.value === "zh" ? "zh-CN" : "en-GB");
const STEPS = /** @type {const} */ ([["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3600], ["minute", 60]]);

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export const number = (value, options) => new Intl.NumberFormat(locale(), options).format(value);
/** A short number, such as 12K. @param {number} value */
export const compact = (value) => number(value, { notation: "compact", maximumFractionDigits: 1 });
/** A part of 1 as a percentage. @param {number} value */
export const percent = (value) => number(value, { style: "percent", maximumFractionDigits: 1 });

/** @param {number} bytes */
export function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let at = 0, value = bytes;
  while (value >= 1000 && at < units.length - 1) { value /= 1000; at++; }
  return number(value, { style: "unit", unit: units[at], unitDisplay: at ? "short" : "narrow", maximumFractionDigits: value < 10 && at ? 1 : 0 });
}

/** @param {string | number | Date | null | undefined} when */
export const date = (when) => (when ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }).format(new Date(when)) : "");
/** @param {string | number | Date | null | undefined} when */
export const dateTime = (when) => (when ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(when)) : "");

/** How long ago, or until when. @param {string | number | Date | null | undefined} when */
export function ago(when) {
  if (!when) return "";
  const seconds = (new Date(when).getTime() - Date.now()) / 1000, format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
  const [unit, length] = STEPS.find(([, one]) => Math.abs(seconds) >= one) ?? ["second", 1];
  return unit === "second" ? format.format(0, "second") : format.format(Math.round(seconds / length), unit);
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return number(Math.round(seconds * 1000), { style: "unit", unit: "millisecond", unitDisplay: "short" });
  if (seconds < 120) return number(seconds, { style: "unit", unit: "second", unitDisplay: "short", maximumFractionDigits: 1 });
  return number(seconds / 60, { style: "unit", unit: "minute", unitDisplay: "short", maximumFractionDigits: 0 });
}
