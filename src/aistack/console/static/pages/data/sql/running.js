// @ts-check
// Runs, explains and cancels the statement of a tab.

import { isAbort } from "../../../api/errors.js";
import { cancelQuery, explainQuery, runCommand, runQuery } from "../api.js";
import { isStore, parameterValue, parametersOf } from "../dialects.js";
import { newId, outcomes, setOutcome } from "./tabs.js";

const REPEAT_MS = 200;
/** @typedef {import("./tabs.js").Tab} Tab */

/** The values of a statement's parameters, undefined if it has none. @param {string} sql @param {Record<string, string>} [typed] */
export function paramsOf(sql, typed = {}) {
  const names = parametersOf(sql);
  return names.length ? Object.fromEntries(names.map((name) => [name, parameterValue(typed[name] ?? "")])) : undefined;
}

/** @param {Tab} tab @param {string} sql @param {Record<string, unknown>} [more] */
export const statement = (tab, sql, more = {}) => ({ connection_id: tab.connection, sql, params: paramsOf(sql, tab.parameters), ...more });

/**
 * Runs a statement and keeps what came of it. `apply` commits what a writing statement changes.
 * @param {Tab} tab @param {string} sql @param {{engine: string, limit: number, apply?: boolean}} how
 */
export async function run(tab, sql, { engine, limit, apply }) {
  if (!sql.trim() || outcomes.value[tab.id]?.isRunning) return;
  const queryId = newId(), begun = { isRunning: true, sql, queryId, startedAt: Date.now() };
  setOutcome(tab.id, begun);
  const isCurrent = () => outcomes.value[tab.id]?.queryId === queryId;
  try {
    if (isStore(engine)) {
      const { value, elapsed_ms } = await runCommand({ connection_id: tab.connection, command: sql });
      if (isCurrent()) setOutcome(tab.id, { ...begun, isRunning: false, value, elapsed: elapsed_ms });
      return;
    }
    const result = await runQuery(statement(tab, sql, { limit, query_id: queryId, ...(apply ? { apply } : {}) }));
    if (isCurrent()) setOutcome(tab.id, { ...begun, isRunning: false, result, elapsed: result.elapsed_ms, error: result.error ? new Error(result.error) : undefined });
  } catch (error) {
    if (isCurrent() && !isAbort(error)) setOutcome(tab.id, { ...begun, isRunning: false, error });
  }
}

/** Shows the server's plan for a statement. @param {Tab} tab @param {string} sql */
export async function explain(tab, sql) {
  const begun = { isRunning: false, sql, queryId: "", startedAt: Date.now() };
  try {
    setOutcome(tab.id, { ...begun, plan: (await explainQuery(statement(tab, sql))).plan });
  } catch (error) { setOutcome(tab.id, { ...begun, error }); }
}

/** Cancels what runs in a tab. The cancellation can overtake its query, so it is repeated while the query runs. @param {Tab} tab */
export async function cancel(tab) {
  const id = outcomes.value[tab.id]?.queryId;
  for (;;) {
    const now = outcomes.value[tab.id];
    if (!id || !now?.isRunning || now.queryId !== id) return;
    try {
      await cancelQuery(id);
      return;
    } catch (error) { if (/** @type {any} */ (error).status !== 404) throw error; }
    await new Promise((resolve) => { setTimeout(resolve, REPEAT_MS); });
  }
}
