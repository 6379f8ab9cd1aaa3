/** Files that are shipped as they are, since a library reads them at run time. */

/**
 * @param {string} folder with `node_modules`
 * @returns {Promise<{ from: string, to: string }[]>} `to` is relative to `vendor/`
 */
export async function copied(folder) {
  return [];
}
