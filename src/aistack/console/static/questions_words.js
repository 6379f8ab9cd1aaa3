// What the page for questions says, in two languages.

export const WORDS = {
  en: {
    ask: "Ask", databases: "Databases", operate: "Operate", title: "Ask your data", send: "Ask", question: "How many orders were paid in 2024, by month?",
    "key-title": "This stack needs a key", "key-lead": "It stays in this tab only.", "key-enter": "Continue",
    history: "Asked before", layer: "Semantic layer", "layer-lead": "What tables, columns and values are called, and what measures mean. YAML; each change is a version.",
    save: "Save", saved: (n) => `Version ${n} is in force.`, draft: "Draw one from the schema", restore: "Restore", none: "No database is connected yet; connect one on the page Databases.",
    version: (n) => (n ? `version ${n}` : "none yet"), sure: (percent) => `${percent} % sure`, methods: { rules: "by rules", model: "by the model, checked", lesson: "confirmed before" },
    sql: "SQL", trace: "How it was found", rests: "Rests on", right: "Right", wrong: "Wrong", noted: "Noted; it will be answered so from now on.", noted_wrong: "Noted; it will not be answered so again.",
    or: "or say it in other words above", rows: (n) => `${n} rows`, states: { ready: "answered", need_clarification: "asked back", failed: "not understood" },
    steps: { follow_up: "leans on the question before", link: "tables", values: "values", lessons: "confirmed", knowledge: "documents", rules: "rules", generate: "written", check: "checked", repair: "repaired", run: "run", vote: "votes" },
  },
  zh: {
    ask: "提问", databases: "数据库", operate: "运维", title: "向数据提问", send: "提问", question: "2024年每个月有多少已付款的订单？",
    "key-title": "此系统需要密钥", "key-lead": "密钥只保存在当前标签页。", "key-enter": "继续",
    history: "问过的问题", layer: "语义层", "layer-lead": "表、列和值叫什么，指标是什么意思。用 YAML 书写；每次修改都是一个版本。",
    save: "保存", saved: (n) => `版本 ${n} 已生效。`, draft: "根据结构起草", restore: "恢复", none: "还没有连接数据库；请在“数据库”页面连接。",
    version: (n) => (n ? `版本 ${n}` : "尚无"), sure: (percent) => `把握 ${percent} %`, methods: { rules: "由规则得出", model: "由模型得出并经过检查", lesson: "此前已确认" },
    sql: "SQL", trace: "如何得出", rests: "依据", right: "正确", wrong: "不对", noted: "已记下，今后将这样回答。", noted_wrong: "已记下，今后不再这样回答。",
    or: "或在上面换个说法", rows: (n) => `${n} 行`, states: { ready: "已回答", need_clarification: "已反问", failed: "未理解" },
    steps: { follow_up: "承接上一个问题", link: "数据表", values: "值", lessons: "已确认", knowledge: "文档", rules: "规则", generate: "生成", check: "检查", repair: "修正", run: "运行", vote: "投票" },
  },
};
