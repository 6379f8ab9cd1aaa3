// @ts-check
// Asks a question and follows its steps. Answers are kept while the page is open, so that Back asks nothing twice.

import { useEffect, useRef, useState } from "../../../vendor/preact.js";
import { ApiError, isAbort } from "../../../api/errors.js";
import { events } from "../../../api/streams.js";
import { AI, clarify } from "../api.js";

const KEPT_MAX = 30;
const session = crypto.randomUUID();
/** @type {Map<string, import("../api.js").Answer>} */
const answers = new Map();
/** @typedef {import("../api.js").Answer} Answer */
/** @typedef {import("../api.js").AiSchemas["Step"]} Step */
/** @typedef {{key: string, steps: Step[], answer: Answer | null, error: any, isRunning: boolean}} State */

/** The request of a question. @param {string} connection @param {string} question */
export const requestOf = (connection, question) => ({ question, connection_id: connection, context: { session_id: session }, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? "" });

/** @param {string} key @param {Answer} answer */
function keep(key, answer) {
  answers.delete(key);
  answers.set(key, answer);
  if (answers.size > KEPT_MAX) answers.delete(answers.keys().next().value ?? "");
}

/**
 * Asks the question whenever it or the database changes.
 * @param {string} connection @param {string} question "" asks nothing
 */
export function useAnswer(connection, question) {
  const key = JSON.stringify([connection, question]), stopper = useRef(new AbortController()), [turn, setTurn] = useState(0);
  const [state, setState] = useState(/** @type {State} */ ({ key: "", steps: [], answer: null, error: null, isRunning: false }));
  const show = (/** @type {Partial<State>} */ change) => setState((before) => (before.key === key ? { ...before, ...change } : before));
  const follow = async (/** @type {() => Promise<Answer>} */ work) => {
    try {
      const answer = await work();
      keep(key, answer);
      show({ answer, isRunning: false });
    } catch (error) { if (!isAbort(error)) show({ error, isRunning: false }); }
  };
  useEffect(() => {
    const known = answers.get(key);
    setState({ key, steps: [], answer: known ?? null, error: null, isRunning: Boolean(question) && !known });
    if (!question || known) return undefined;
    const own = stopper.current = new AbortController();
    follow(async () => {
      for await (const { event, data } of events(`${AI}/query`, { body: requestOf(connection, question), signal: own.signal })) {
        if (event === "error") throw new ApiError(data.status ?? 500, data, data.request_id ?? "");
        if (event === "done") return data;
        setState((before) => (before.key === key ? { ...before, steps: [...before.steps, data] } : before));
      }
      throw new ApiError(0, {}, "");
    });
    return () => own.abort();
  }, [key, turn]);
  const isCurrent = state.key === key;
  return {
    ...(isCurrent ? state : { steps: [], answer: null, error: null, isRunning: Boolean(question) }),
    again: () => { answers.delete(key); setTurn(turn + 1); },
    stop: () => { stopper.current.abort(); show({ isRunning: false }); },
    /** Answers a question that was asked back. @param {{option?: number, answer?: string}} choice */
    choose: (choice) => {
      const id = state.answer?.id, own = stopper.current = new AbortController();
      show({ isRunning: true, error: null });
      return follow(() => clarify({ question_id: id, ...choice }, own.signal));
    },
  };
}
