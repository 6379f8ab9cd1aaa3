// @ts-check
// The calls of the Documents page.

import { call, get, post, remove } from "../../api/http.js";

/** @typedef {import("../../api/schema/rag.js").components["schemas"]} Schemas */
/** @typedef {Schemas["CollectionView"]} Collection */
/** @typedef {Schemas["DocumentView"]} Document */
/** @typedef {Schemas["DocumentDetail"]} DocumentDetail */
/** @typedef {Schemas["JobView"]} Job */
/** @typedef {Schemas["Hit"]} Hit */
/** @typedef {Schemas["EntityView"]} Entity */
/** @typedef {Schemas["RelationView"]} Relation */

export const COLLECTIONS = "/v1/rag/collections";
/** @param {string} collection */
export const pathOf = (collection) => `${COLLECTIONS}/${encodeURIComponent(collection)}`;
/** @param {string} collection @param {string} document */
export const documentPath = (collection, document) => `${pathOf(collection)}/documents/${encodeURIComponent(document)}`;

/** @param {AbortSignal} signal @returns {Promise<Collection[]>} */
export const listCollections = (signal) => get(COLLECTIONS, {}, signal);
/** @param {string} name @returns {Promise<Collection>} */
export const createCollection = (name) => post(COLLECTIONS, { name });
/** @param {string} collection */
export const deleteCollection = (collection) => remove(pathOf(collection));

/**
 * @param {string} collection
 * @param {{offset: number, limit: number, q: string, status: string, sort: string}} query
 * @param {AbortSignal} [signal]
 * @returns {Promise<{total: number, documents: Document[]}>}
 */
export const listDocuments = (collection, query, signal) => get(`${pathOf(collection)}/documents`, query, signal);
/** @param {string} collection @param {string} document @param {AbortSignal} signal @returns {Promise<DocumentDetail>} */
export const showDocument = (collection, document, signal) => get(documentPath(collection, document), {}, signal);
/** @param {string} collection @param {string} document */
export const deleteDocument = (collection, document) => remove(documentPath(collection, document));
/** @param {string} collection @param {string} document @returns {Promise<Job>} */
export const reindexDocument = (collection, document) => post(`${documentPath(collection, document)}/reindex`);
/** @param {string} collection @returns {Promise<Job>} */
export const reindexCollection = (collection) => post(`${pathOf(collection)}/reindex`);
/** @param {string} id @returns {Promise<Job>} */
export const showJob = (id) => get(`/v1/rag/jobs/${id}`);

/** Waits until a job is done, and tells its progress. @param {Job} job @param {(job: Job) => void} [onProgress] */
export async function finished(job, onProgress) {
  let now = job;
  for (let wait = 300; now.state === "running"; wait = Math.min(wait * 1.5, 3000)) {
    onProgress?.(now);
    await new Promise((resolve) => { setTimeout(resolve, wait); });
    now = await showJob(job.id);
  }
  onProgress?.(now);
  return now;
}

const GRAPH = "/v1/rag/graph";
/** @param {string} collection @param {number} limit @param {AbortSignal} signal @returns {Promise<{entities: Entity[], relations: Relation[]}>} */
export const showGraph = (collection, limit, signal) => get(GRAPH, { collection, limit }, signal);
/** @param {string} collection @param {import("../../api/http.js").Query} query @param {AbortSignal} [signal] @returns {Promise<{total: number, entities: Entity[]}>} */
export const findEntities = (collection, query, signal) => get(`${GRAPH}/entities`, { collection, ...query }, signal);
/** @param {string} collection @param {string} id @param {AbortSignal} signal @returns {Promise<Schemas["EntityDetail"]>} */
export const showEntity = (collection, id, signal) => get(`${GRAPH}/entities/${id}`, { collection }, signal);
/** @param {string} collection @param {string} id @returns {Promise<{entities: Entity[], relations: Relation[]}>} */
export const neighbours = (collection, id) => get(`${GRAPH}/entities/${id}/neighbours`, { collection, limit: 60 });
/** @param {string} collection @param {string} from @param {string} to @returns {Promise<{entities: Entity[], relations: Relation[]}>} */
export const pathBetween = (collection, from, to) => get(`${GRAPH}/path`, { collection, from, to });
/** @param {string} collection @param {AbortSignal} signal @returns {Promise<Schemas["CommunityView"][]>} */
export const listCommunities = (collection, signal) => get(`${GRAPH}/communities`, { collection, limit: 20 }, signal);
/** @param {string} collection @param {AbortSignal} signal @returns {Promise<Schemas["EditView"][]>} */
export const listEdits = (collection, signal) => get(`${GRAPH}/edits`, { collection }, signal);
/** @param {string} collection @param {string} id */
export const undoEdit = (collection, id) => remove(`${GRAPH}/edits/${id}`, { collection });
/** @param {string} collection @param {string} id @param {string} into */
export const mergeEntity = (collection, id, into) => call("POST", `${GRAPH}/entities/${id}/merge`, { query: { collection }, body: { into } });
/** @param {string} collection @param {string} id @param {string} name */
export const renameEntity = (collection, id, name) => call("PATCH", `${GRAPH}/entities/${id}`, { query: { collection }, body: { name } });
/** @param {string} collection @param {string} id */
export const hideEntity = (collection, id) => remove(`${GRAPH}/entities/${id}`, { collection });

/** @param {string} collection @param {AbortSignal} signal @returns {Promise<Schemas["SourceView"][]>} */
export const listSources = (collection, signal) => get(`${pathOf(collection)}/sources`, {}, signal);
/** @param {string} collection @param {{folder?: string, url?: string, every_seconds: number}} source */
export const addSource = (collection, source) => post(`${pathOf(collection)}/sources`, source);
/** @param {string} collection @param {string} id */
export const removeSource = (collection, id) => remove(`${pathOf(collection)}/sources/${id}`);
