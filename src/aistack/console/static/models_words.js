// Texts of the models page, in two languages.

export const WORDS = {
  en: {
    lead: "Services and clients use these names at /v1. A change takes effect immediately.",
    add: "Add a model", name: "Name", url: "Base URL", "upstream-model": "Model there", "upstream-key": "API key there",
    alias: "Or another name for", save: "Save", cancel: "Cancel", edit: "Edit", remove: "Remove", playground: "Playground",
    model: "Model", system: "System prompt", message: "Message", send: "Send", stop: "Stop", stopped: "Stopped.", usage: "Usage",
    "usage-days": "Last 30 days, UTC", nothing: "No usage yet.", none: "No model is configured yet. Add one, or describe it in stack.toml.",
    heads: ["Name", "Runs at", "Context", "Price per million tokens, in / out", "Set in", ""],
    "usage-heads": ["Day", "Model", "Requests", "Prompt tokens", "Completion tokens", "Cost (USD)"],
    "alias-of": (name) => `another name for ${name}`, sidecar: (address) => `sidecar ${address}`, console: "the console",
    sure: (name) => `Remove ${name}?`, unknown: "unknown", either: "Enter a base URL, or the name of another model.",
    figures: (usage, seconds, first) => `${usage?.prompt_tokens ?? "?"} + ${usage?.completion_tokens ?? "?"} tokens · first token after ${first.toFixed(2)} s · ${seconds.toFixed(1)} s`,
  },
  zh: {
    lead: "服务和客户端在 /v1 使用这些名称。修改立即生效。",
    add: "添加模型", name: "名称", url: "接口地址", "upstream-model": "上游模型名", "upstream-key": "上游 API 密钥",
    alias: "或作为以下模型的别名", save: "保存", cancel: "取消", edit: "编辑", remove: "移除", playground: "试用",
    model: "模型", system: "系统提示词", message: "消息", send: "发送", stop: "停止", stopped: "已停止。", usage: "用量",
    "usage-days": "最近 30 天（UTC）", nothing: "暂无用量。", none: "还没有配置模型。请在此添加，或在 stack.toml 中描述。",
    heads: ["名称", "运行位置", "上下文", "每百万 token 价格（输入 / 输出）", "配置来源", ""],
    "usage-heads": ["日期", "模型", "请求数", "输入 token", "输出 token", "费用（美元）"],
    "alias-of": (name) => `${name} 的别名`, sidecar: (address) => `sidecar ${address}`, console: "控制台",
    sure: (name) => `确定移除 ${name}？`, unknown: "未知", either: "请填写接口地址，或另一个模型的名称。",
    figures: (usage, seconds, first) => `${usage?.prompt_tokens ?? "?"} + ${usage?.completion_tokens ?? "?"} 个 token · 首个 token 用时 ${first.toFixed(2)} 秒 · 共 ${seconds.toFixed(1)} 秒`,
  },
};
