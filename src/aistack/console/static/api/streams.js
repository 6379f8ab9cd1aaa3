// @ts-check
// Server-sent events as the answer to any call: `for await (const { event, data } of events("/v1/...", { body }))`.

import { send } from "./http.js";

/**
 * The events of a stream, in order; `data` is parsed JSON, or text where it is none. Ends with the stream; a consumer
 * that leaves the loop, or aborts the signal, closes the connection. Raises ApiError.
 * @param {string} path
 * @param {import("./http.js").CallOptions & {method?: string}} [options]
 * @returns {AsyncGenerator<{event: string, data: any, id: string}>}
 */
export async function* events(path, { method = "POST", ...options } = {}) {
  const headers = { accept: "text/event-stream", ...options.headers };
  const answer = await send(method, path, { ...options, headers });
  if (!answer.body) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", fields = { event: "message", data: /** @type {string[]} */ ([]), id: "" };
  try {
    for (;;) {
      const { value, done } = await reader.read();
      rest += value ?? "";
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = done ? "" : lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (fields.data.length) yield { event: fields.event, id: fields.id, data: parsed(fields.data.join("\n")) };
          fields = { event: "message", data: [], id: fields.id };
          continue;
        }
        const at = line.indexOf(":"), name = at < 0 ? line : line.slice(0, at);
        const text = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
        if (name === "data") fields.data.push(text);
        else if (name === "event" || name === "id") fields[name] = text;
      }
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** @param {string} text */
function parsed(text) {
  try { return JSON.parse(text); } catch { return text; }
}
