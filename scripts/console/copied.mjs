/** Files that are shipped as they are, since pdf.js reads them while a document is open. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Of each folder of `pdfjs-dist`, the files that the console needs; decoders are scripts, as its policy has no WebAssembly. */
const PDF = {
  cmaps: /./,
  standard_fonts: /./,
  wasm: /_nowasm_fallback\.js$|^LICENSE_(PDFJS_)?(JBIG2|OPENJPEG)$/,
};

/**
 * @param {string} folder with `node_modules`
 * @returns {Promise<{ from: string, to: string }[]>} `to` is relative to `vendor/`
 */
export async function copied(folder) {
  const files = [];
  for (const [kind, wanted] of Object.entries(PDF)) {
    const source = join(folder, "node_modules", "pdfjs-dist", kind);
    for (const name of (await readdir(source)).filter((one) => wanted.test(one)).sort()) {
      files.push({ from: join(source, name), to: `pdf/${kind}/${name}` });
    }
  }
  return files;
}
