// @ts-check
// Uploads with progress, which `fetch` cannot tell.

import { ApiError } from "./errors.js";
import { keyHeader } from "./http.js";
import { askToSignIn } from "./session.js";

/**
 * Sends a form and returns the JSON of the answer. Raises ApiError, or an AbortError when the signal aborts.
 * @param {string} path
 * @param {FormData} form
 * @param {{onProgress?: (part: number) => void, signal?: AbortSignal}} [options] `part` is between 0 and 1
 * @returns {Promise<any>}
 */
export function upload(path, form, { onProgress, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    for (const [name, value] of Object.entries(keyHeader())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total);
    request.onerror = () => reject(new ApiError(0, {}, ""));
    request.onabort = () => reject(new DOMException("", "AbortError"));
    request.onload = () => {
      let body = null;
      try { body = JSON.parse(request.responseText); } catch { body = { title: request.statusText }; }
      if (request.status < 400) return resolve(body);
      if (request.status === 401) askToSignIn();
      return reject(new ApiError(request.status, body, request.getResponseHeader("x-request-id") ?? ""));
    };
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
