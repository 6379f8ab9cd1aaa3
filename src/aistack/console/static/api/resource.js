// @ts-check
// Data that a component shows: loaded when its inputs change, kept while it loads again.

import { useCallback, useEffect, useRef, useState } from "../vendor/preact.js";
import { isAbort } from "./errors.js";

/**
 * @template T
 * @typedef {{data: T | undefined, error: Error | null, isLoading: boolean, reload: () => void,
 *   replace: (data: T) => void}} Resource
 */

/**
 * Loads something and loads it again when one of the inputs changes. The signal ends a call whose answer is no longer
 * needed. `data` stays what it was during a reload, but not after a change of inputs.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {unknown[]} inputs
 * @returns {Resource<T>}
 */
export function useResource(load, inputs) {
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState(/** @type {{key: string, data?: T, error: Error | null, isLoading: boolean}} */ (
    { key: "", data: undefined, error: null, isLoading: true }));
  const latest = useRef(load);
  latest.current = load;
  const key = JSON.stringify(inputs);
  useEffect(() => {
    const controller = new AbortController();
    setState((before) => ({ key, data: before.key === key ? before.data : undefined, error: null, isLoading: true }));
    latest.current(controller.signal).then(
      (data) => !controller.signal.aborted && setState({ key, data, error: null, isLoading: false }),
      (error) => isAbort(error) || controller.signal.aborted
        || setState((before) => ({ key, data: before.data, error, isLoading: false })),
    );
    return () => controller.abort();
  }, [key, turn]);
  const isCurrent = state.key === key;
  return {
    data: isCurrent ? state.data : undefined, error: isCurrent ? state.error : null,
    isLoading: !isCurrent || state.isLoading,
    reload: useCallback(() => setTurn((one) => one + 1), []),
    replace: useCallback((data) => setState((before) => ({ ...before, data })), []),
  };
}

/**
 * Calls something again and again while `isOn`, `seconds` after the last call ended, and not in hidden tabs.
 * @param {() => Promise<unknown> | void} work
 * @param {number} seconds
 * @param {boolean} [isOn]
 */
export function usePolling(work, seconds, isOn = true) {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    if (!isOn) return undefined;
    let waiting = 0, isOver = false;
    const next = () => {
      waiting = setTimeout(async () => {
        if (!document.hidden) await Promise.resolve(latest.current()).catch(() => {});
        if (!isOver) next();
      }, seconds * 1000);
    };
    next();
    return () => { isOver = true; clearTimeout(waiting); };
  }, [seconds, isOn]);
}
