// What the databases page says, in two languages.

export const WORDS = {
  en: {
    ask: "Ask", library: "Documents", questions: "Ask your data", operate: "Operate", databases: "Databases", connect: "Connect a database", schema: "Tables", editor: "SQL",
    "key-title": "This stack needs a key", "key-lead": "It stays in this tab only.", "key-enter": "Continue",
    name: "Name", host: "Host", port: "Port", database: "Database", user: "User", password: "Password", path: "Path of a SQLite, DuckDB or data file",
    filter: "Filter tables and columns", again: "Read anew", run: "Run", cancel: "Cancel", explain: "Explain", history: "History",
    none: "No database is connected yet.", rows: (n, ms) => `${n} rows in ${ms} ms`, cut: (n) => `the first ${n} rows`, running: "running …",
    would: (n) => `would change ${n} rows; nothing was changed`, about: (n) => (n === null ? "" : `about ${n} rows`), key: "primary key", leads: (to) => `leads to ${to}`,
    test: "Test", remove: "Disconnect", sure: (name) => `Disconnect ${name}? The database itself stays as it is.`, reads: "may only read", writes: "may write",
    states: { done: "done", failed: "failed", refused: "refused", cancelled: "cancelled" }, nothing: "Nothing was run yet.",
  },
  zh: {
    ask: "提问", library: "文档", questions: "问数据", operate: "运维", databases: "数据库", connect: "连接数据库", schema: "数据表", editor: "SQL",
    "key-title": "此系统需要密钥", "key-lead": "密钥只保存在当前标签页。", "key-enter": "继续",
    name: "名称", host: "主机", port: "端口", database: "数据库", user: "用户", password: "密码", path: "SQLite、DuckDB 或数据文件的路径",
    filter: "筛选表和列", again: "重新读取", run: "运行", cancel: "取消", explain: "执行计划", history: "历史",
    none: "还没有连接数据库。", rows: (n, ms) => `${n} 行，${ms} 毫秒`, cut: (n) => `前 ${n} 行`, running: "运行中……",
    would: (n) => `将修改 ${n} 行；尚未修改任何内容`, about: (n) => (n === null ? "" : `约 ${n} 行`), key: "主键", leads: (to) => `指向 ${to}`,
    test: "测试", remove: "断开", sure: (name) => `断开 ${name}？数据库本身保持不变。`, reads: "只读", writes: "可写",
    states: { done: "完成", failed: "失败", refused: "被拒绝", cancelled: "已取消" }, nothing: "还没有运行过查询。",
  },
};
