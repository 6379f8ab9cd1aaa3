// What the databases page says, in two languages.

export const WORDS = {
  en: {
    ask: "Ask", library: "Documents", questions: "Ask your data", operate: "Operate", databases: "Databases", connect: "Connect a database", schema: "Tables", editor: "SQL",
    "key-title": "This stack needs a key", "key-lead": "It stays in this tab only.", "key-enter": "Continue",
    name: "Name", host: "Host", port: "Port", database: "Database", user: "User", password: "Password", options: "Options, such as warehouse=small, role=reader", path: "Path of a SQLite, DuckDB or data file",
    filter: "Filter tables and columns", again: "Read anew", run: "Run", cancel: "Cancel", explain: "Explain", history: "History",
    none: "No database is connected yet.", rows: (n, ms) => `${n} rows in ${ms} ms`, cut: (n) => `the first ${n} rows`, running: "running …",
    would: (n) => `would change ${n} rows; nothing was changed`, about: (n) => (n === null ? "" : `about ${n} rows`), key: "primary key", leads: (to) => `leads to ${to}`,
    test: "Test", remove: "Disconnect", sure: (name) => `Disconnect ${name}? The database itself stays as it is.`, reads: "may only read", writes: "may write",
    states: { done: "done", failed: "failed", refused: "refused", cancelled: "cancelled" }, nothing: "Nothing was run yet.", took: (ms) => `${ms} ms`, "over-ssh": "Over SSH", "ssh-host": "Machine", "ssh-host-key": "Its public key, as in known_hosts", "ssh-key": "Your private key",
    "as-job": "As a job", save: "Save", "save-name": "Name of the query", "save-every": "Every so many seconds (or empty)", saved: "Saved queries", jobs: "Jobs",
    every: (n) => `every ${n} s`, forget: "Remove", "none-saved": "Nothing is saved.", "no-jobs": "There are no jobs.", fetch: "Fetch", "job-rows": (n) => `${n} rows`,
    "job-states": { queued: "waiting", running: "running", done: "done", failed: "failed", cancelled: "cancelled" }, rights: "Who may do what, and what is hidden",
    "may-see": "May see", "may-ask": "May ask in words", "may-run": "May run SQL", "may-write": "May write", masks: "Masks, a line each: table.column hash|partial|null, and who is spared",
    filters: "Row filters, a line each: table: condition", keep: "Keep", kept: "Kept.", "bad-mask": (line) => `${line}: write table.column and hash, partial or null`, "bad-filter": (line) => `${line}: write table: condition`,
  },
  zh: {
    ask: "提问", library: "文档", questions: "问数据", operate: "运维", databases: "数据库", connect: "连接数据库", schema: "数据表", editor: "SQL",
    "key-title": "此系统需要密钥", "key-lead": "密钥只保存在当前标签页。", "key-enter": "继续",
    name: "名称", host: "主机", port: "端口", database: "数据库", user: "用户", password: "密码", options: "选项，如 warehouse=small, role=reader", path: "SQLite、DuckDB 或数据文件的路径",
    filter: "筛选表和列", again: "重新读取", run: "运行", cancel: "取消", explain: "执行计划", history: "历史",
    none: "还没有连接数据库。", rows: (n, ms) => `${n} 行，${ms} 毫秒`, cut: (n) => `前 ${n} 行`, running: "运行中……",
    would: (n) => `将修改 ${n} 行；尚未修改任何内容`, about: (n) => (n === null ? "" : `约 ${n} 行`), key: "主键", leads: (to) => `指向 ${to}`,
    test: "测试", remove: "断开", sure: (name) => `断开 ${name}？数据库本身保持不变。`, reads: "只读", writes: "可写",
    states: { done: "完成", failed: "失败", refused: "被拒绝", cancelled: "已取消" }, nothing: "还没有运行过查询。", took: (ms) => `${ms} 毫秒`, "over-ssh": "通过 SSH", "ssh-host": "跳板机", "ssh-host-key": "其公钥，如 known_hosts 中所写", "ssh-key": "您的私钥",
    "as-job": "作为任务", save: "保存", "save-name": "查询名称", "save-every": "每隔多少秒（可空）", saved: "已保存的查询", jobs: "任务",
    every: (n) => `每 ${n} 秒`, forget: "移除", "none-saved": "没有保存的查询。", "no-jobs": "没有任务。", fetch: "取回", "job-rows": (n) => `${n} 行`,
    "job-states": { queued: "等待中", running: "运行中", done: "完成", failed: "失败", cancelled: "已取消" }, rights: "谁可以做什么，哪些内容被隐藏",
    "may-see": "可查看", "may-ask": "可用文字提问", "may-run": "可运行 SQL", "may-write": "可写入", masks: "脱敏，每行一条：表.列 hash|partial|null，以及例外的人",
    filters: "行过滤，每行一条：表: 条件", keep: "保留", kept: "已保留。", "bad-mask": (line) => `${line}：请写 表.列 和 hash、partial 或 null`, "bad-filter": (line) => `${line}：请写 表: 条件`,
  },
};
