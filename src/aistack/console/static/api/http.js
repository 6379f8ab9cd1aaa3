// @ts-check
// Calls of the public API: JSON in, JSON out, with this tab's API key if it has one.

import { ApiError, errorOf, isAbort } from "./errors.js";
import { askToSignIn } from "./session.js";

/**
 * @typedef {{[name: string]: string | number | boolean | null | undefined | (string | number)[]}} Query
 * @typedef {{query?: Query, body?: unknown, form?: FormData, signal?: AbortSignal, headers?: Record<string, string>}}
 *   CallOptions
 */

/**
 * A path with its query. Values that are empty, null or undefined are left out.
 * @param {string} path
 * @param {Query} [query]
 */
export function urlOf(path, query = {}) {
  const pairs = Object.entries(query).flatMap(([name, value]) => (Array.isArray(value) ? value : [value])
    .filter((one) => one !== "" && one !== null && one !== undefined).map((one) => [name, String(one)]));
  return pairs.length ? `${path}?${new URLSearchParams(pairs)}` : path;
}

/** The header with this tab's API key. @returns {Record<string, string>} */
export function keyHeader() {
  const key = sessionStorage.getItem("key");
  return key ? { authorization: `Bearer ${key}` } : {};
}

/**
 * The answer of a call, whose body is not read yet. Raises ApiError.
 * @param {string} method
 * @param {string} path
 * @param {CallOptions} [options]
 */
export async function send(method, path, { query, body, form, signal, headers = {} } = {}) {
  /** @type {Record<string, string>} */
  const json = body === undefined ? {} : { "content-type": "application/json" };
  let answer;
  try {
    answer = await fetch(urlOf(path, query), {
      method, signal, headers: { ...keyHeader(), ...json, ...headers },
      body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, {}, "");
  }
  if (answer.status === 401) await askToSignIn();
  if (!answer.ok) throw await errorOf(answer);
  return answer;
}

/**
 * Calls the API and returns what the JSON of its answer says; null for an answer without a body. Raises ApiError.
 * @template [T=any]
 * @param {string} method
 * @param {string} path
 * @param {CallOptions} [options]
 * @returns {Promise<T>}
 */
export async function call(method, path, options) {
  const answer = await send(method, path, options);
  const text = await answer.text();
  return JSON.parse(text || "null");
}

/** @template [T=any] @param {string} path @param {Query} [query] @param {AbortSignal} [signal] @returns {Promise<T>} */
export const get = (path, query, signal) => call("GET", path, { query, signal });
/** @template [T=any] @param {string} path @param {unknown} [body] @param {AbortSignal} [signal] @returns {Promise<T>} */
export const post = (path, body, signal) => call("POST", path, { body, signal });
/** @param {string} path @param {Query} [query] */
export const remove = (path, query) => call("DELETE", path, { query });

/**
 * Saves what a path answers as a file.
 * @param {string} path
 * @param {string} name
 * @param {CallOptions} [options]
 */
export async function download(path, name, options) {
  const answer = await send("GET", path, options);
  saveAs(await answer.blob(), name);
}

/** @param {Blob} blob @param {string} name */
export function saveAs(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}
