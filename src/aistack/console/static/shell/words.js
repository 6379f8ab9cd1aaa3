// @ts-check
// The console's texts. `say("documents.upload")` is `upload` of `words/<language>/documents.js`, which is loaded with
// its page. A text is a string, or a function of what it is about.

import { signal } from "../vendor/preact.js";
import { language } from "./preferences.js";

/** @typedef {string | ((...about: any[]) => string)} Text */

const texts = signal(/** @type {Record<string, Record<string, Text>>} */ ({})); // by "<language>/<file>"
const files = new Set();

/**
 * Loads a file of words in the current language.
 * @param {string} file
 */
export async function loadWords(file) {
  files.add(file);
  const place = `${language.value}/${file}`;
  if (texts.value[place]) return;
  const loaded = await import(`../words/${place}.js`);
  texts.value = { ...texts.value, [place]: loaded.default };
}

/**
 * A text in the current language. Components that use it are drawn again when the language changes.
 * @param {string} key
 * @param {...any} about
 * @returns {string}
 */
export function say(key, ...about) {
  const [file, ...rest] = key.split(".");
  const text = texts.value[`${language.value}/${file}`]?.[rest.join(".")];
  if (text === undefined) {
    console.error(`no text ${key} in ${language.value}`);
    return key;
  }
  return typeof text === "function" ? text(...about) : text;
}

/**
 * Switches the language, with all words that are loaded.
 * @param {"en" | "zh"} wanted
 */
export async function setLanguage(wanted) {
  const loaded = await Promise.all([...files].map(async (file) => {
    const place = `${wanted}/${file}`;
    return [place, texts.value[place] ?? (await import(`../words/${place}.js`)).default];
  }));
  texts.value = { ...texts.value, ...Object.fromEntries(loaded) };
  language.value = wanted;
  localStorage.setItem("language", wanted);
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
}
