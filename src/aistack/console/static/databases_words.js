// Texts of the databases page, in two languages.

export const WORDS = {
  en: {
    add: "Connect a database", connect: "Connect", schema: "Tables", editor: "SQL",
    name: "Name", host: "Host", port: "Port", database: "Database", user: "User", password: "Password", options: "Options: role=reader, …", path: "Path (SQLite, DuckDB, file)",
    filter: "Filter tables and columns", again: "Refresh", run: "Run", cancel: "Cancel", explain: "Explain", download: "Download CSV", history: "History",
    none: "No database is connected yet. Connect one to browse its tables and run SQL.", rows: (n, ms) => `${n === 1 ? "1 row" : `${n} rows`} in ${ms} ms`, cut: (n) => `first ${n} rows`, running: "Running …",
    would: (n) => `Would change ${n === 1 ? "1 row" : `${n} rows`}. Nothing has been changed.`, about: (n) => (n === null ? "" : `about ${n === 1 ? "1 row" : `${n} rows`}`), key: "primary key", leads: (to) => `references ${to}`,
    test: "Test", remove: "Disconnect", sure: (name) => `Disconnect ${name}? The database itself is not changed.`, reads: "read-only", writes: "can write",
    states: { done: "done", failed: "failed", refused: "rejected", cancelled: "cancelled" }, nothing: "No queries yet.", took: (ms) => `${ms} ms`, "over-ssh": "Connect over SSH", "ssh-host": "SSH host", "ssh-host-key": "Host key, as in known_hosts", "ssh-key": "Private key",
    "as-job": "Run as job", save: "Save", "save-name": "Query name", "save-every": "Repeat every … seconds", saved: "Saved queries", jobs: "Jobs",
    every: (n) => `every ${n} s`, forget: "Delete", "none-saved": "No saved queries.", "no-jobs": "No jobs.", fetch: "Download", "job-rows": (n) => (n === 1 ? "1 row" : `${n} rows`),
    "job-states": { queued: "queued", running: "running", done: "done", failed: "failed", cancelled: "cancelled" }, rights: "Permissions, masks and row filters",
    "may-see": "Can see", "may-ask": "Can ask questions", "may-run": "Can run SQL", "may-write": "Can write", masks: "Masks, one per line: table.column hash|partial|null, then exempt callers",
    filters: "Row filters, one per line: table: condition", keep: "Save", kept: "Saved.", "bad-mask": (line) => `${line}: use table.column followed by hash, partial or null`, "bad-filter": (line) => `${line}: use table: condition`,
  },
  zh: {
    add: "连接数据库", connect: "连接", schema: "数据表", editor: "SQL",
    name: "名称", host: "主机", port: "端口", database: "数据库", user: "用户名", password: "密码", options: "选项，如 role=reader", path: "文件路径（SQLite、DuckDB 等）",
    filter: "筛选表和列", again: "刷新", run: "运行", cancel: "取消", explain: "执行计划", download: "下载 CSV", history: "历史记录",
    none: "还没有连接数据库。连接后即可浏览数据表并运行 SQL。", rows: (n, ms) => `${n} 行，耗时 ${ms} 毫秒`, cut: (n) => `仅显示前 ${n} 行`, running: "运行中……",
    would: (n) => `将修改 ${n} 行。目前尚未修改任何数据。`, about: (n) => (n === null ? "" : `约 ${n} 行`), key: "主键", leads: (to) => `引用 ${to}`,
    test: "测试连接", remove: "断开连接", sure: (name) => `确定断开“${name}”？数据库本身不受影响。`, reads: "只读", writes: "可写",
    states: { done: "完成", failed: "失败", refused: "已拒绝", cancelled: "已取消" }, nothing: "还没有运行过查询。", took: (ms) => `${ms} 毫秒`, "over-ssh": "通过 SSH 连接", "ssh-host": "SSH 主机", "ssh-host-key": "主机公钥（known_hosts 格式）", "ssh-key": "私钥",
    "as-job": "后台运行", save: "保存", "save-name": "查询名称", "save-every": "重复间隔（秒）", saved: "已保存的查询", jobs: "任务",
    every: (n) => `每 ${n} 秒`, forget: "删除", "none-saved": "暂无已保存的查询。", "no-jobs": "暂无任务。", fetch: "下载", "job-rows": (n) => `${n} 行`,
    "job-states": { queued: "排队中", running: "运行中", done: "完成", failed: "失败", cancelled: "已取消" }, rights: "权限、脱敏和行过滤",
    "may-see": "可查看", "may-ask": "可提问", "may-run": "可运行 SQL", "may-write": "可写入", masks: "脱敏规则，每行一条：表.列 hash|partial|null，后接不受限制的调用者",
    filters: "行过滤规则，每行一条：表: 条件", keep: "保存", kept: "已保存。", "bad-mask": (line) => `${line}：格式应为“表.列”加 hash、partial 或 null`, "bad-filter": (line) => `${line}：格式应为“表: 条件”`,
  },
};
