// Texts about API keys, in two languages.

export const WORDS = {
  en: {
    keys: "API keys", "own-keys": "Your API keys", close: "Close", lead: "Programs use a key in your place. It never reaches further than you do, and stops working when your account does.",
    none: "No API keys.", name: "Name", expires: "Expires", create: "Create key", "read-only": "read only", "read-only-lead": "Read only", everything: "all services", things: (n) => (n === 1 ? "1 item" : `${n} items`), until: (date) => `until ${date}`,
    once: "Copy it now. It is shown only once.", "new-key": "New key", copy: "Copy", copied: "Copied.", states: { valid: "valid", revoked: "revoked", expired: "expired" },
    revoke: "Revoke", "revoke-of": (name) => `Revoke the key ${name}`, sure: (name) => `Revoke the key ${name}? It stops working immediately.`, revoked: "Revoked.",
  },
  zh: {
    keys: "API 密钥", "own-keys": "我的 API 密钥", close: "关闭", lead: "程序可以用密钥代表你访问。密钥的权限不会超过你的权限，账号停用后密钥随之失效。",
    none: "没有 API 密钥。", name: "名称", expires: "到期日期", create: "创建密钥", "read-only": "只读", "read-only-lead": "只读", everything: "全部服务", things: (n) => `${n} 项内容`, until: (date) => `有效期至 ${date}`,
    once: "请立即复制，密钥只显示这一次。", "new-key": "新密钥", copy: "复制", copied: "已复制。", states: { valid: "有效", revoked: "已吊销", expired: "已过期" },
    revoke: "吊销", "revoke-of": (name) => `吊销密钥 ${name}`, sure: (name) => `确定吊销密钥“${name}”？密钥将立即失效。`, revoked: "已吊销。",
  },
};
