// @ts-check
// What the command palette finds. Pages register what they have: fixed commands, or a search.

/**
 * @typedef {{id: string, title: string, about?: string, icon?: string, href?: string, run?: () => unknown}} Command
 * @typedef {{group: () => string, find: (text: string, signal: AbortSignal) => Command[] | Promise<Command[]>}} Provider
 */

/** @type {Set<Provider>} */
export const providers = new Set();

/**
 * Adds a provider; returns a function that removes it. In a page: `useEffect(() => provideCommands({...}), [])`.
 * `group` is the heading; `find` gives at most about eight commands for a text, all important ones for "".
 * @param {Provider} provider
 */
export function provideCommands(provider) {
  providers.add(provider);
  return () => { providers.delete(provider); };
}

/** Whether a title has all words of a text. @param {string} title @param {string} text */
export const matches = (title, text) => {
  const bare = title.toLocaleLowerCase();
  return text.toLocaleLowerCase().split(/\s+/).every((word) => bare.includes(word));
};
