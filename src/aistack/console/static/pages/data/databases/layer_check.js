// @ts-check
// Checks a semantic layer while it is written: its YAML, the names of its parts, and the tables and columns it names.
// The service checks the rest, such as SQL, when it is saved.

/** @typedef {{from: number, to: number, kind: "syntax" | "key" | "table" | "column", name: string}} Finding */
/** What may stand below a key: "any" for anything, `*` for names that people choose, of a table or column where it says so. */
/** @typedef {"any" | {[key: string]: Shape}} Shape */

/** @param {string} names @returns {{[key: string]: Shape}} */
const parts = (names) => Object.fromEntries(names.split(" ").map((one) => [one, /** @type {Shape} */ ("any")]));

/** @type {Shape} */
const LAYER = {
  ...parts("joins relations glossary"),
  tables: { "*table": {
    ...parts("names about key label time rows_repeat"),
    columns: { "*column": parts("names about type most least extreme_of extreme") },
    qualities: { "*": parts("names where") },
  } },
  metrics: { "*": parts("names about table expression where time") },
  dimensions: { "*": parts("names column") },
  values: { "*place": "any" },
};
const NAMED = ["*", "*table", "*column", "*place"];

/**
 * @param {string} text
 * @param {{parse: (text: string) => any}} parser of YAML, as Lezer has it
 * @param {{name: string, columns: {name: string}[]}[]} tables of the schema
 * @returns {Finding[]} in the order of the text
 */
export function findingsIn(text, parser, tables) {
  /** @type {Finding[]} */
  const found = [];
  const known = new Map(tables.flatMap((one) => [one.name, one.name.split(".").pop() ?? ""].map((name) => [name.toLowerCase(), one])));
  const hasColumn = (/** @type {string} */ table, /** @type {string} */ column) => known.get(table.toLowerCase())?.columns.some((one) => one.name.toLowerCase() === column.toLowerCase()) ?? true;
  const check = (/** @type {string} */ kind, /** @type {string} */ name, /** @type {string} */ table, /** @type {{from: number, to: number}} */ at) => {
    if (kind === "*table" && !known.has(name.toLowerCase())) found.push({ ...at, kind: "table", name });
    if (kind === "*column" && !hasColumn(table, name)) found.push({ ...at, kind: "column", name: `${table}.${name}` });
    if (kind !== "*place") return;
    const dot = name.lastIndexOf("."), own = name.slice(0, dot);
    if (dot < 1 || !known.has(own.toLowerCase())) found.push({ ...at, kind: "table", name: own || name });
    else if (!hasColumn(own, name.slice(dot + 1))) found.push({ ...at, kind: "column", name });
  };
  const visit = (/** @type {any} */ node, /** @type {Shape} */ shape, /** @type {string} */ table) => {
    for (let pair = node.firstChild; pair; pair = pair.nextSibling) {
      if (pair.name !== "Pair") continue;
      const key = pair.getChild("Key"), value = pair.getChild("BlockMapping") ?? pair.getChild("FlowMapping");
      if (!key || shape === "any") continue;
      const name = text.slice(key.from, key.to).replace(/^(["'])(.*)\1$/s, "$2"), at = { from: key.from, to: key.to };
      const star = NAMED.find((one) => one in shape);
      if (star) check(star, name, table, at);
      else if (!(name in shape)) found.push({ ...at, kind: "key", name });
      const below = shape[star ?? name];
      if (value && below) visit(value, below, star === "*table" ? name : table);
    }
  };
  const tree = parser.parse(text);
  tree.iterate({ enter: (/** @type {any} */ node) => {
    if (node.type.isError) found.push({ from: node.from, to: Math.max(node.to, node.from + 1), kind: "syntax", name: "" });
  } });
  const root = tree.topNode.getChild("Document");
  const whole = root?.getChild("BlockMapping") ?? root?.getChild("FlowMapping");
  if (whole) visit(whole, LAYER, "");
  return found.sort((a, b) => a.from - b.from);
}

/** The line of a place in a text, from 1. @param {string} text @param {number} at */
export const lineOf = (text, at) => text.slice(0, at).split("\n").length;
