// Texts of the people page, in two languages.

const count = (n, one, many) => (n === 1 ? `1 ${one}` : `${n} ${many}`);

export const WORDS = {
  en: {
    lead: "Who may use this stack, in which groups they are, and how they sign in.", off: "Identity is off: anyone who can reach this stack owns everything in it. To add people, set identity = true under [stack].",
    search: "Search people and groups", show: "Show", users: "Accounts", groups: "Groups", invite: "Invite someone", name: "Name", email: "E-mail address", role: "Role", kind: "Type",
    create: "Create invitation", "create-account": "Create service account", cancel: "Cancel", close: "Close", save: "Save", copy: "Copy", copied: "Copied.", saved: "Saved.", more: "Show more", nobody: "Nobody found.", partial: (n) => `The first ${n} are shown. Search to find others.`,
    filters: { "": "All", waiting: "Invited", administrators: "Administrators", guest: "Guests", disabled: "Disabled", "service-account": "Service accounts" },
    kinds: { user: "Person", "service-account": "Service account" }, roles: { owner: "Owner", admin: "Administrator", member: "Member", guest: "Guest" },
    states: { active: "active", waiting: "invited", disabled: "disabled" }, heads: ["Name", "Role", "Status", "Last active", "Groups"], never: "never", count: (n) => count(n, "account", "accounts"),
    link: "One-time link", "link-lead": (name, until) => `Send this link to ${name}. It works once and expires on ${until}. It will not be shown again.`,
    "new-invitation": "Create invitation link", reset: "Create password reset link", disable: "Disable", enable: "Enable", "sure-disable": (name) => `Disable ${name}? Their sessions and keys stop working within a second.`, disabled: "Disabled.", enabled: "Enabled.",
    remove: "Remove …", account: "Account", sessions: "Open sessions", "no-sessions": "No open sessions.", "end-all": "End all sessions", end: "End", "end-of": (what) => `End the session ${what}`, ended: (n) => `${count(n, "session", "sessions")} ended.`, used: (text) => `last used ${text}`,
    methods: { password: "password", passkey: "passkey", invitation: "invitation", reset: "reset link", "first-owner": "first owner's link", code: "code", proxy: "proxy", provider: "provider" },
    "member-of": "Groups", "no-groups": "Not in any group.", "no-group-yet": "No groups yet. Create one to share with several people at once.", "remove-title": "Remove ", belongs: "What belongs to this account", "no-belongings": "Nothing belongs to this account.", "cannot-say": (service, why) => `${service} cannot say what belongs to this account: ${why}`, "belongings-heads": ["Service", "What", "How many"],
    "what-then": "What happens to it", "to-heir": "Transfer it to", "delete-all": "Delete it", heir: "New owner", "do-remove": "Remove account", "keys-revoked": "Its API keys are revoked in both cases.", choose: "Choose a person from the list.", "choose-member": "Choose a person or group from the list.", removed: (name) => `${name} was removed.`,
    belongings: { keys: "API keys", model: "models", collection: "collections", source: "watched folders and URLs", connection: "connections", "saved-query": "saved queries", job: "jobs", layer: "semantic layers", lesson: "lessons", question: "questions" },
    "new-group": "New group", "create-group": "Create group", members: (n) => count(n, "member", "members"), "add-member": "Add a person or group", add: "Add", out: "Remove", "out-of": (name) => `Remove ${name} from the group`, rename: "Rename", "delete-group": "Delete group", "sure-group": (name) => `Delete the group ${name}? Its members lose what is shared with it.`, empty: "No members yet.",
    providers: "Sign-in methods", "providers-lead": "Set under [identity] in stack.toml.", passwords: "Password", "passwords-lead": "for accounts that were invited here", passkeys: "Passkey", "passkeys-lead": "each person adds their own on the account page", proxy: "Proxy",
    "provider-kinds": { "openid-connect": (issuer) => `OpenID Connect · ${issuer}`, "proxy-header": (header) => `header ${header}` }, unknown: { refuse: "others cannot sign in", guest: "others become guests", member: "others become members" }, linked: (n) => count(n, "linked account", "linked accounts"),
  },
  zh: {
    lead: "管理哪些人可以使用本系统、他们所属的用户组，以及登录方式。", off: "身份验证未开启，任何能访问此系统的人都拥有其中的全部内容。如需添加成员，请在 [stack] 下设置 identity = true。",
    search: "搜索成员和用户组", show: "显示", users: "账号", groups: "用户组", invite: "邀请成员", name: "姓名", email: "邮箱", role: "角色", kind: "类型",
    create: "生成邀请链接", "create-account": "创建服务账号", cancel: "取消", close: "关闭", save: "保存", copy: "复制", copied: "已复制。", saved: "已保存。", more: "显示更多", nobody: "没有找到匹配的成员。", partial: (n) => `仅显示前 ${n} 个账号，请通过搜索查找其他账号。`,
    filters: { "": "全部", waiting: "待加入", administrators: "管理员", guest: "访客", disabled: "已停用", "service-account": "服务账号" },
    kinds: { user: "成员", "service-account": "服务账号" }, roles: { owner: "所有者", admin: "管理员", member: "成员", guest: "访客" },
    states: { active: "正常", waiting: "待加入", disabled: "已停用" }, heads: ["姓名", "角色", "状态", "最近活动", "用户组"], never: "从未", count: (n) => `${n} 个账号`,
    link: "一次性链接", "link-lead": (name, until) => `请将此链接发送给 ${name}。链接只能使用一次，有效期至 ${until}，且仅在此时显示。`,
    "new-invitation": "重新生成邀请链接", reset: "生成重置密码链接", disable: "停用", enable: "启用", "sure-disable": (name) => `确定停用“${name}”？其会话和密钥将在一秒内失效。`, disabled: "已停用。", enabled: "已启用。",
    remove: "移除……", account: "账号", sessions: "当前会话", "no-sessions": "没有打开的会话。", "end-all": "结束所有会话", end: "结束", "end-of": (what) => `结束会话 ${what}`, ended: (n) => `已结束 ${n} 个会话。`, used: (text) => `最近使用：${text}`,
    methods: { password: "密码", passkey: "通行密钥", invitation: "邀请链接", reset: "重置链接", "first-owner": "首个所有者链接", code: "验证码", proxy: "代理", provider: "身份提供方" },
    "member-of": "所属用户组", "no-groups": "不属于任何用户组。", "no-group-yet": "还没有用户组。创建用户组后，可以一次共享给多人。", "remove-title": "移除 ", belongs: "此账号拥有的内容", "no-belongings": "此账号没有任何内容。", "cannot-say": (service, why) => `${service} 无法返回此账号拥有的内容：${why}`, "belongings-heads": ["服务", "内容", "数量"],
    "what-then": "如何处理这些内容", "to-heir": "移交给", "delete-all": "全部删除", heir: "接收人", "do-remove": "移除账号", "keys-revoked": "无论哪种方式，其 API 密钥都会被吊销。", choose: "请从列表中选择成员。", "choose-member": "请从列表中选择成员或用户组。", removed: (name) => `已移除 ${name}。`,
    belongings: { keys: "API 密钥", model: "模型", collection: "文档集", source: "监控的文件夹和网址", connection: "数据库连接", "saved-query": "已保存的查询", job: "任务", layer: "语义层", lesson: "经验", question: "提问记录" },
    "new-group": "新建用户组", "create-group": "创建用户组", members: (n) => `${n} 个成员`, "add-member": "添加成员或用户组", add: "添加", out: "移出", "out-of": (name) => `移出 ${name}`, rename: "重命名", "delete-group": "删除用户组", "sure-group": (name) => `确定删除用户组“${name}”？其成员将失去共享给该组的内容。`, empty: "还没有成员。",
    providers: "登录方式", "providers-lead": "在 stack.toml 的 [identity] 中设置。", passwords: "密码", "passwords-lead": "适用于在此受邀的账号", passkeys: "通行密钥", "passkeys-lead": "由成员在账号页面自行添加", proxy: "代理",
    "provider-kinds": { "openid-connect": (issuer) => `OpenID Connect · ${issuer}`, "proxy-header": (header) => `请求头 ${header}` }, unknown: { refuse: "其他人不能登录", guest: "其他人登录后为访客", member: "其他人登录后为成员" }, linked: (n) => `已关联 ${n} 个账号`,
  },
};
