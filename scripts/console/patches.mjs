/** The lines of packages that the console's content security policy does not allow as they are. */
import { readFile } from "node:fs/promises";

const PATCHES = [
  {
    // CodeMirror's styles: as a constructed sheet in the page too, not only in a shadow root, instead of a `<style>`.
    file: /style-mod[\\/]src[\\/]style-mod\.js$/,
    from: "if (!root.head && root.adoptedStyleSheets && win.CSSStyleSheet) {",
    to: "if (root.adoptedStyleSheets && win.CSSStyleSheet) {",
  },
];

/** @type {import("esbuild").Plugin} */
export const patches = {
  name: "patches",
  setup(build) {
    for (const { file, from, to } of PATCHES) {
      build.onLoad({ filter: file }, async ({ path }) => {
        const source = await readFile(path, "utf8");
        if (source.split(from).length !== 2) throw new Error(`${path} has changed: look again at patches.mjs`);
        return { contents: source.replace(from, to) };
      });
    }
  },
};
