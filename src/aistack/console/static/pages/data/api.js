// @ts-check
// The calls of the Data page.

import { call, get, post, remove, saveAs, send } from "../../api/http.js";

/** @typedef {import("../../api/schema/connection.js").components["schemas"]} ConnectionSchemas */
/** @typedef {import("../../api/schema/query.js").components["schemas"]} QuerySchemas */
/** @typedef {import("../../api/schema/ai.js").components["schemas"]} AiSchemas */
/** @typedef {ConnectionSchemas["ConnectionView"]} Connection */
/** @typedef {ConnectionSchemas["TestView"]} Test */
/** @typedef {ConnectionSchemas["SchemaView"]} Schema */
/** @typedef {ConnectionSchemas["TableView"]} TableInfo */
/** @typedef {ConnectionSchemas["Roles"]} Roles */
/** @typedef {ConnectionSchemas["Rules"]} Rules */
/** @typedef {QuerySchemas["QueryAnswer"]} Result */
/** @typedef {QuerySchemas["SavedView"]} Saved */
/** @typedef {QuerySchemas["JobView"]} Job */
/** @typedef {QuerySchemas["RunView"]} Run */
/** @typedef {AiSchemas["AskAnswer"]} Answer */
/** @typedef {AiSchemas["QuestionView"]} Question */
/** @typedef {AiSchemas["LayerView"]} Layer */
/** @typedef {"see" | "ask" | "run" | "write"} Right */

export const CONNECTIONS = "/api/connections", QUERY = "/api/query", AI = "/api/ai";
/** @param {string} id */
export const connectionPath = (id) => `${CONNECTIONS}/${encodeURIComponent(id)}`;
/** @param {string} id */
export const savedPath = (id) => `${QUERY}/saved/${encodeURIComponent(id)}`;
/** @param {string} id @param {string} [rest] */
export const layerPath = (id, rest = "") => `${AI}/connections/${encodeURIComponent(id)}/layer${rest}`;

/** @param {AbortSignal} signal @returns {Promise<Connection[]>} */
export const listConnections = (signal) => get(CONNECTIONS, {}, signal);
/** @param {unknown} body @returns {Promise<Connection>} */
export const createConnection = (body) => post(CONNECTIONS, body);
/** @param {string} id @param {unknown} body @returns {Promise<Connection>} */
export const changeConnection = (id, body) => call("PATCH", connectionPath(id), { body });
/** @param {string} id */
export const deleteConnection = (id) => remove(connectionPath(id));
/** @param {string} id @returns {Promise<Test>} */
export const testConnection = (id) => post(`${connectionPath(id)}/test`);
/** @param {string} id @param {boolean} refresh @param {AbortSignal} [signal] @returns {Promise<Schema>} */
export const showSchema = (id, refresh, signal) => get(`${connectionPath(id)}/schema`, { refresh }, signal);

/** @param {unknown} body @param {AbortSignal} [signal] @returns {Promise<Result>} */
export const runQuery = (body, signal) => post(QUERY, body, signal);
/** @param {string} id */
export const cancelQuery = (id) => remove(`${QUERY}/${id}`);
/** @param {unknown} body @returns {Promise<{plan: string[]}>} */
export const explainQuery = (body) => post(`${QUERY}/explain`, body);
/** @param {unknown} body @returns {Promise<{value: unknown, elapsed_ms: number}>} */
export const runCommand = (body) => post(`${QUERY}/command`, body);
/** Saves all rows of a statement as a file. @param {unknown} body @param {string} name */
export const exportQuery = async (body, name) => saveAs(await (await send("POST", QUERY, { body })).blob(), name);

/** @param {AbortSignal} signal @returns {Promise<Saved[]>} */
export const listSaved = (signal) => get(`${QUERY}/saved`, {}, signal);
/** @param {unknown} body @param {string} [id] of the query to replace @returns {Promise<Saved>} */
export const saveQuery = (body, id) => (id ? call("PUT", savedPath(id), { body }) : post(`${QUERY}/saved`, body));
/** @param {string} id */
export const deleteSaved = (id) => remove(savedPath(id));
/** @param {string} id @param {unknown} body @returns {Promise<Result>} */
export const runSaved = (id, body) => post(`${savedPath(id)}/run`, body);
/** @param {AbortSignal} [signal] @returns {Promise<Job[]>} */
export const listJobs = (signal) => get(`${QUERY}/jobs`, { limit: 100 }, signal);
/** @param {unknown} body @returns {Promise<Job>} */
export const openJob = (body) => post(`${QUERY}/jobs`, body);
/** @param {string} id */
export const deleteJob = (id) => remove(`${QUERY}/jobs/${id}`);
/** @param {import("../../api/http.js").Query} query @param {AbortSignal} [signal] @returns {Promise<{runs: Run[], total: number}>} */
export const listRuns = (query, signal) => get(`${QUERY}/history`, query, signal);

/** @param {import("../../api/http.js").Query} query @param {AbortSignal} [signal] @returns {Promise<{questions: Question[], total: number}>} */
export const listQuestions = (query, signal) => get(`${AI}/questions`, query, signal);
/** @param {unknown} body @param {AbortSignal} [signal] @returns {Promise<Answer>} */
export const clarify = (body, signal) => post(`${AI}/clarify`, body, signal);
/** @param {unknown} body */
export const sendFeedback = (body) => post(`${AI}/feedback`, body);
/** @param {unknown} body @param {AbortSignal} [signal] @returns {Promise<AiSchemas["Assessment"]>} */
export const assess = (body, signal) => post(`${AI}/validate`, body, signal);
/** @param {unknown} body @param {AbortSignal} [signal] @returns {Promise<AiSchemas["Explanation"]>} */
export const explainStatement = (body, signal) => post(`${AI}/explain`, body, signal);

/** @param {string} id @param {number | null} version @param {AbortSignal} [signal] @returns {Promise<Layer>} */
export const showLayer = (id, version, signal) => get(layerPath(id), { version }, signal);
/** @param {string} id @param {AbortSignal} [signal] @returns {Promise<AiSchemas["LayerVersionView"][]>} */
export const listLayerVersions = (id, signal) => get(layerPath(id, "/versions"), {}, signal);
/** @param {string} id @returns {Promise<Layer>} */
export const draftLayer = (id) => get(layerPath(id, "/draft"));
/** @param {string} id @param {unknown} body @returns {Promise<Layer>} */
export const saveLayer = (id, body) => call("PUT", layerPath(id), { body });
/** @param {string} id @param {number} version @returns {Promise<Layer>} */
export const restoreLayer = (id, version) => post(layerPath(id, `/versions/${version}/restore`));
