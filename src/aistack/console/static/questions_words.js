// Texts of the page for questions about data, in two languages.

export const WORDS = {
  en: {
    title: "Ask your data", send: "Ask", question: "How many orders were paid in 2024, by month?",
    history: "History", layer: "Semantic layer", "layer-lead": "Names for tables, columns and values, and definitions of metrics, in YAML. Every change creates a version.",
    save: "Save", saved: (n) => `Version ${n} is active.`, draft: "Generate from schema", restore: "Restore", none: "No database is connected yet. Connect one on the Databases page.",
    version: (n) => (n ? `version ${n}` : "not set up"), sure: (percent) => `confidence ${percent}%`, methods: { rules: "answered by rules", model: "answered by the model, checked", lesson: "previously confirmed" },
    sql: "SQL", trace: "How this was answered", rests: "Based on", right: "Correct", wrong: "Incorrect", noted: "Thanks. This question will be answered this way from now on.", noted_wrong: "Thanks. This answer will not be given again.",
    or: "Or rephrase your question above.", rows: (n) => (n === 1 ? "1 row" : `${n} rows`), states: { ready: "answered", need_clarification: "needs clarification", failed: "not understood" },
    steps: { follow_up: "follow-up", link: "tables", values: "values", lessons: "confirmed", knowledge: "documents", rules: "rules", generate: "generated", check: "checked", repair: "repaired", run: "run", vote: "vote" },
  },
  zh: {
    title: "数据问答", send: "提问", question: "2024年每个月有多少已付款的订单？",
    history: "历史记录", layer: "语义层", "layer-lead": "用 YAML 定义表、列、值的业务名称和指标口径。每次修改都会生成一个版本。",
    save: "保存", saved: (n) => `版本 ${n} 已生效。`, draft: "从表结构生成", restore: "恢复", none: "还没有连接数据库，请先在“数据库”页面中连接。",
    version: (n) => (n ? `版本 ${n}` : "未设置"), sure: (percent) => `置信度 ${percent}%`, methods: { rules: "由规则得出", model: "由模型生成，已校验", lesson: "此前已确认" },
    sql: "SQL", trace: "回答过程", rests: "数据来源", right: "正确", wrong: "错误", noted: "感谢反馈，今后将按此回答。", noted_wrong: "感谢反馈，今后不再给出此答案。",
    or: "或者在上方换一种问法。", rows: (n) => `${n} 行`, states: { ready: "已回答", need_clarification: "待澄清", failed: "未理解" },
    steps: { follow_up: "追问", link: "数据表", values: "取值", lessons: "已确认", knowledge: "文档", rules: "规则", generate: "生成", check: "检查", repair: "修复", run: "运行", vote: "投票" },
  },
};
