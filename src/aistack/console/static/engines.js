// Differences between engines: the statement that shows a table's first rows, quoting of names, connection options.

const STORES = ["redis", "mongodb"];
const UNQUALIFIED = ["mysql", "sqlite"];
const MARKS = { mysql: "``", bigquery: "``", sqlserver: "[]" };
const ROWS = 100;

export const isStore = (engine) => STORES.includes(engine);

function quoted(name, engine) {
  if (/^[a-z_][a-z0-9_]*$/.test(name)) return name;
  const [begin, end] = MARKS[engine] ?? '""';
  return begin + name.replaceAll(end, end + end) + end;
}

// A statement or command that shows the first rows of a table.
export function firstOf(table, engine) {
  if (engine === "redis") return `SCAN 0 MATCH ${table.name} COUNT ${ROWS}`;
  if (engine === "mongodb") return JSON.stringify({ find: table.name, filter: {}, limit: ROWS });
  const split = UNQUALIFIED.includes(engine) ? [table.name] : table.name.split(/\.(.*)/s).filter(Boolean);
  const from = split.map((part) => quoted(part, engine)).join(".");
  const columns = table.columns.map((column) => quoted(column.name, engine)).join(", ");
  if (engine === "sqlserver") return `SELECT TOP ${ROWS} ${columns}\nFROM ${from}`;
  return `SELECT ${columns}\nFROM ${from}\n${engine === "oracle" ? `FETCH FIRST ${ROWS} ROWS ONLY` : `LIMIT ${ROWS}`}`;
}

// "warehouse=small, role=reader" as an object.
export function optionsOf(text) {
  const pairs = text.split(",").map((one) => one.split(/=(.*)/s).map((part) => part.trim()));
  return Object.fromEntries(pairs.filter(([name]) => name).map(([name, value]) => [name, value ?? ""]));
}
