// @ts-check
// The same call as a command line or a program, for "Copy as curl" and "Copy as Python".

import { urlOf } from "./http.js";
import { caller } from "./session.js";

/**
 * A call to show. `files` are names of files in the form field `files`.
 * @typedef {{method: string, path: string, query?: import("./http.js").Query, body?: unknown, files?: string[]}} Shown
 */

const KEY = "$AISTACK_API_KEY";
const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", "'\\''")}'`;
const needsKey = () => caller.value.identity;

/** @param {Shown} shown */
export function asCurl({ method, path, query, body, files }) {
  const lines = [`curl${method === "GET" ? "" : ` -X ${method}`} ${quoted(location.origin + urlOf(path, query))}`];
  if (needsKey()) lines.push(`-H "Authorization: Bearer ${KEY}"`);
  for (const name of files ?? []) lines.push(`-F ${quoted(`files=@${name}`)}`);
  if (body !== undefined) lines.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`);
  return lines.join(" \\\n  ");
}

/** @param {Shown} shown */
export function asPython({ method, path, query, body, files }) {
  const options = [JSON.stringify(urlOf(path, query))];
  if (body !== undefined) options.push(`json=${literal(body)}`);
  if (files) options.push(`files=[${files.map((one) => `("files", open(${JSON.stringify(one)}, "rb"))`).join(", ")}]`);
  const headers = needsKey() ? `, headers={"Authorization": f"Bearer {os.environ['AISTACK_API_KEY']}"}` : "";
  return [
    ...(needsKey() ? ["import os", ""] : []), "import httpx", "",
    `client = httpx.Client(base_url=${JSON.stringify(location.origin)}${headers})`,
    `answer = client.${method.toLowerCase()}(${options.join(", ")})`, "answer.raise_for_status()",
    ...(method === "DELETE" ? [] : ["print(answer.json())"]),
  ].join("\n");
}

/** A value as Python writes it. @param {unknown} value @returns {string} */
function literal(value) {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const pairs = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{${pairs.map(([name, one]) => `${JSON.stringify(name)}: ${literal(one)}`).join(", ")}}`;
}
