// @ts-check
// What differs between database engines: names, the statement for a table's first rows, quoting, named parameters.

const STORES = ["redis", "mongodb"], FILES = ["sqlite", "duckdb"], UNQUALIFIED = ["mysql", "sqlite"], ROWS = 100;
const MARKS = /** @type {Record<string, string>} */ ({ mysql: "``", bigquery: "``", sqlserver: "[]" });

/** Engines by the names that their makers use. */
export const ENGINES = /** @type {Record<string, string>} */ ({
  postgres: "PostgreSQL", mysql: "MySQL, MariaDB", sqlite: "SQLite", duckdb: "DuckDB", sqlserver: "SQL Server", oracle: "Oracle",
  clickhouse: "ClickHouse", snowflake: "Snowflake", bigquery: "BigQuery", redis: "Redis", mongodb: "MongoDB",
});

/** Whether it takes commands in place of SQL. @param {string} engine */
export const isStore = (engine) => STORES.includes(engine);
/** Whether it is a file on the service's machine. @param {string} engine */
export const isFile = (engine) => FILES.includes(engine);

/** @param {string} name @param {string} engine */
export function quoted(name, engine) {
  if (/^[a-z_][a-z0-9_]*$/.test(name)) return name;
  const [begin, end] = MARKS[engine] ?? '""';
  return begin + name.replaceAll(end, end + end) + end;
}

/** A statement or command that shows the first rows of a table. @param {import("./api.js").TableInfo} table @param {string} engine */
export function firstRows(table, engine) {
  if (engine === "redis") return `SCAN 0 MATCH ${table.name} COUNT ${ROWS}`;
  if (engine === "mongodb") return JSON.stringify({ find: table.name, filter: {}, limit: ROWS });
  const split = UNQUALIFIED.includes(engine) ? [table.name] : table.name.split(/\.(.*)/s).filter(Boolean);
  const from = split.map((part) => quoted(part, engine)).join(".");
  const columns = table.columns.map((column) => quoted(column.name, engine)).join(", ") || "*";
  if (engine === "sqlserver") return `SELECT TOP ${ROWS} ${columns}\nFROM ${from}`;
  return `SELECT ${columns}\nFROM ${from}\n${engine === "oracle" ? `FETCH FIRST ${ROWS} ROWS ONLY` : `LIMIT ${ROWS}`}`;
}

/** "warehouse=small, role=reader" as an object. @param {string} text */
export function optionsOf(text) {
  const pairs = text.split(",").map((one) => one.split(/=(.*)/s).map((part) => part.trim()));
  return Object.fromEntries(pairs.filter(([name]) => name).map(([name, value]) => [name, value ?? ""]));
}

/** The names of :name in a statement, outside texts, comments and casts. @param {string} sql @returns {string[]} */
export function parametersOf(sql) {
  const bare = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\//g, " ");
  return [...new Set([...bare.matchAll(/(?<![:\w]):([a-z_]\w*)/gi)].map((found) => found[1]))];
}

/**
 * A value that somebody typed for a parameter: a number, true, false or null where it looks like one, else text.
 * @param {string} text @returns {string | number | boolean | null | (string | number | boolean | null)[]}
 */
export function parameterValue(text) {
  const bare = text.trim();
  if (/^-?\d+(\.\d+)?$/.test(bare) && Number.isSafeInteger(Math.trunc(Number(bare)))) return Number(bare);
  if (bare === "true" || bare === "false") return bare === "true";
  if (bare === "null") return null;
  if (bare.startsWith("[")) {
    try { return JSON.parse(bare); } catch { return text; }
  }
  return text;
}

/** Whether a column has numbers. @param {string} type */
export const isNumeric = (type) => /int|num|dec|real|double|float|money|serial/i.test(type) && !/interval|point/i.test(type);
/** Whether a column has dates or times. @param {string} type */
export const isTemporal = (type) => /date|time/i.test(type);
