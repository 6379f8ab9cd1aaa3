// The operators' page: services and their instances, keys, limits, the audit log.

import { closedToCaller } from "./notices.js";
import { begin, byId, call, element, posted, say, translate, trouble, when } from "./shared.js";
import { described, learn } from "./subjects.js";

const WORDS = {
  en: {
    services: "Services", keys: "API keys", limits: "Limits", audit: "Audit log",
    "key-name": "Name", "key-services": "Services (empty: all)", "key-hint": "Separate services with commas. gateway:register:NAME allows registering the service NAME.", "key-rate": "Rate limit, e.g. 5/s burst 10",
    "key-make": "Create key", once: "Copy it now. It is shown only once.", revoke: "Revoke", nothing: "No entries.",
    open: "Identity is off: anyone who can reach this stack has full access. To require API keys, set identity = true under [stack].",
    forbidden: "You need an unrestricted key to see this.", everything: "full access",
    heads: {
      services: ["Instance", "State", "In flight", "Weight", "Version", "Address", "Last error"],
      keys: ["Name", "Owner", "Key", "State", "Access", "Rate limit", "Expires", ""], limits: ["Limit", "Value"],
      audit: ["Time", "Actor", "Action", "Target", "Details", "Address"],
    },
    states: {
      up: "up", down: "down", ejected: "ejected", draining: "draining", valid: "valid", revoked: "revoked", expired: "expired",
      closed: "closed", "half-open": "half-open", open: "open", healthy: "healthy", degraded: "degraded", unhealthy: "unhealthy",
    },
    breaker: "circuit breaker", owner: "owner",
    scopes: { gateway: "gateway (read)", "gateway:register": "register any unused name" }, registers: "register service",
  },
  zh: {
    services: "服务", keys: "API 密钥", limits: "限制", audit: "审计日志",
    "key-name": "名称", "key-services": "服务（留空为全部）", "key-hint": "多个服务用逗号分隔。gateway:register:NAME 允许注册名为 NAME 的服务。", "key-rate": "限速，如 5/s burst 10",
    "key-make": "创建密钥", once: "请立即复制，密钥只显示这一次。", revoke: "吊销", nothing: "暂无记录。",
    open: "身份验证未开启，任何能访问此系统的人都可以使用全部功能。如需启用 API 密钥，请在 [stack] 下设置 identity = true。",
    forbidden: "只有不受限制的密钥才能查看。", everything: "全部",
    heads: {
      services: ["实例", "状态", "处理中请求", "权重", "版本", "地址", "最近错误"],
      keys: ["名称", "所有者", "密钥", "状态", "访问范围", "限速", "到期时间", ""], limits: ["限制项", "值"],
      audit: ["时间", "操作者", "操作", "对象", "详情", "来源"],
    },
    states: {
      up: "正常", down: "故障", ejected: "已隔离", draining: "排空中", valid: "有效", revoked: "已吊销", expired: "已过期",
      closed: "关闭", "half-open": "半开", open: "打开", healthy: "正常", degraded: "部分异常", unhealthy: "异常",
    },
    breaker: "熔断器", owner: "所有者",
    scopes: { gateway: "gateway（只读）", "gateway:register": "注册任意未占用的名称" }, registers: "注册服务",
  },
};
const FORBIDDEN = 403;
const COLOUR = {
  up: "healthy", valid: "healthy", closed: "healthy", down: "failed", open: "failed", revoked: "failed", expired: "failed",
  ejected: "degraded", draining: "degraded", "half-open": "degraded",
};

const pill = (state) => element("span", { className: "pill", status: COLOUR[state] || state, textContent: say("states")[state] || state });

function table(heads, rows) {
  if (!rows.length) return element("p", { className: "muted", textContent: say("nothing") });
  const line = (tag, cells) => element("tr", {}, ...cells.map((cell) => element(cell ? tag : "td", {}, cell)));
  return element("table", {}, element("thead", {}, line("th", heads)), element("tbody", {}, ...rows.map((row) => line("td", row))));
}

async function showServices() {
  const listed = await call("/registry/services");
  byId("services").replaceChildren(...listed.services.map((service) => element("div", { className: "card" },
    element("div", { className: "row" }, element("b", { textContent: service.name }),
      element("span", { className: "muted", textContent: service.routes.join(" ") }), element("span", { className: "grow" }),
      element("span", { className: "muted", textContent: service.owner ? `${say("owner")} ${service.owner}` : "" }),
      element("span", { className: "muted", textContent: say("breaker") }), pill(service.breaker)),
    table(say("heads").services, service.instances.map((one) =>
      [one.id, pill(one.state), String(one.in_flight), String(one.weight), one.version, one.url, one.last_error])))));
  const health = await call("/api/health/all");
  byId("overall").dataset.status = health.status;
  byId("overall").textContent = say("states")[health.status];
}

async function showLimits() {
  const limits = await call("/gateway/limits");
  byId("limits").replaceChildren(table(say("heads").limits, Object.entries(limits).map(([name, value]) =>
    [name.replaceAll("_", " "), Array.isArray(value) ? value.join("\n") : String(value)])));
  return limits;
}

const REGISTER = "gateway:register:";

function shownScope(scope) {
  if (scope.startsWith(REGISTER)) return `${say("registers")} ${scope.slice(REGISTER.length)}`;
  return Object.hasOwn(say("scopes"), scope) ? say("scopes")[scope] : scope;
}

async function showKeys() {
  const listed = await call("/gateway/keys");
  byId("new-key").hidden = false;
  await learn(listed.keys.map((key) => key.subject));
  const owners = await Promise.all(listed.keys.map((key) => described(key.subject)));
  byId("keys").replaceChildren(table(say("heads").keys, listed.keys.map((key, at) => [
    key.name, element("bdi", { textContent: owners[at].name }), element("code", { textContent: `${key.start}…` }), pill(key.state),
    key.services === null ? say("everything") : key.services.map(shownScope).join(", "), key.rate, when(key.expires_at),
    key.state === "valid" ? element("button", { className: "quiet", type: "button", textContent: say("revoke"), onclick: () => revoke(key.id) }) : "",
  ])));
}

async function showAudit() {
  const entries = await call("/gateway/audit");
  byId("audit").replaceChildren(table(say("heads").audit, entries.map((one) =>
    [when(one.at), one.actor, one.action, one.subject, one.detail, one.address])));
}

async function make(form) {
  const names = form.elements.services.value.split(/[,，\s]+/).filter(Boolean);
  const wanted = { name: form.elements.name.value.trim(), services: names.length ? names : null, rate: form.elements.rate.value.trim() };
  if (form.elements.expires.value) wanted.expires_at = `${form.elements.expires.value}T23:59:59Z`;
  try {
    const made = await call("/gateway/keys", posted(wanted));
    byId("made").replaceChildren(element("p", { className: "card" }, element("code", { id: "fresh-key", textContent: made.key }),
      element("span", { className: "muted", textContent: ` ${say("once")}` })));
    form.reset();
    await showGuarded();
  } catch (error) {
    byId("made").replaceChildren(trouble(error));
  }
}

async function revoke(id) {
  try {
    await call(`/gateway/keys/${id}`, { method: "DELETE" });
    await showGuarded();
  } catch (error) {
    byId("made").replaceChildren(trouble(error));
  }
}

async function showGuarded() {
  await Promise.all([guarded("keys", showKeys), guarded("audit", showAudit)]);
}

// Shows a part that is for administrators, or why it cannot be shown.
async function guarded(id, show) {
  try {
    await show();
  } catch (error) {
    byId(id).replaceChildren(error.status === FORBIDDEN ? element("p", { className: "muted", textContent: say("forbidden") }) : trouble(error));
  }
}

async function refresh() {
  translate();
  byId("made").replaceChildren();
  if (await closedToCaller()) return;
  await showServices();
  const limits = await showLimits();
  if (limits.identity) await showGuarded();
  else byId("keys").replaceChildren(element("p", { className: "muted", textContent: say("open") }));
}

byId("new-key").onsubmit = (event) => { event.preventDefault(); make(event.target); };
await begin(WORDS, () => refresh().catch((error) => { byId("overall").textContent = error.message; }));
if (!(await closedToCaller())) setInterval(() => showServices().catch(() => {}), 5000);
