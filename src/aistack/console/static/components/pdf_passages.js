// @ts-check
// Where on a page of a PDF file a passage is.

/** @typedef {[number, number, number, number]} Box left, bottom, right, top in points of the page */

/**
 * @param {import("./pdf_view.js").Passage} passage
 * @param {any[]} items of the page's text, as pdf.js gives them
 * @returns {Box[]} one for each run of text; none where the passage is not found
 */
export function boxesOf({ text = "", boxes }, items) {
  if (boxes) return boxes;
  const wanted = plain(text);
  if (!wanted) return [];
  let whole = "";
  const runs = items.filter((item) => typeof item.str === "string").map((item) => {
    const start = whole.length;
    whole += plain(item.str);
    return { item, start, end: whole.length };
  });
  const start = whole.indexOf(wanted);
  if (start < 0) return [];
  const end = start + wanted.length;
  return runs.filter((run) => run.end > start && run.start < end && run.end > run.start).map((run) => partOf(run, start, end));
}

/** Without spaces and hyphens, which differ from the text of the document. @param {string} text */
const plain = (text) => text.normalize("NFKC").replace(/[\s\u00ad\-‐‑]+/g, "").toLowerCase();

/** @param {{ item: any, start: number, end: number }} run @param {number} start @param {number} end @returns {Box} */
function partOf({ item, start: first, end: last }, start, end) {
  const [, , , , left, base] = item.transform;
  const length = last - first;
  const from = (Math.max(start, first) - first) / length;
  const to = (Math.min(end, last) - first) / length;
  return [left + item.width * from, base - item.height * 0.2, left + item.width * to, base + item.height * 0.9];
}
