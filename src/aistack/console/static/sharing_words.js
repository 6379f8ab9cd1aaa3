// Texts of the dialog for sharing, and of links to things that cannot be seen, in two languages.

export const WORDS = {
  en: {
    share: "Share", title: "Share ", close: "Close", owner: "Owner", transfer: "Transfer …", "transfer-to": "New owner", "do-transfer": "Transfer", cancel: "Cancel",
    "take-over": "Take over", "sure-take": "Become the owner of this?", offered: (name) => `${name} can manage this now, and take it over in this dialog.`,
    sure: (name) => `Transfer this to ${name}? Once it is theirs, you keep only what is shared with you.`, everyone: "Everyone", "everyone-lead": "All members, but not guests",
    levels: { view: "Can view", use: "Can use", edit: "Can edit", manage: "Can manage" }, nobody: "No access",
    yours: { view: "You can view this.", use: "You can use this.", edit: "You can edit this.", manage: "You can manage this." },
    access: "People and groups", add: "Add", who: "Add people or groups", level: "Permission", "level-of": (name) => `Permission of ${name}`,
    remove: "Remove", "remove-of": (name) => `Remove ${name}`, requests: "Requests", grant: "Accept", dismiss: "Decline", asks: (level) => `Requested: ${level}`,
    link: "Link", copy: "Copy link", copied: "Copied.", saved: "Saved.", choose: "Choose a person or group from the list.", more: "Request more access", gone: "You no longer have access to this.",
    about: {
      collection: "View: search and read. Use: ask questions. Edit: add and delete documents. Manage: share, transfer and delete the collection.",
      connection: "View: see the tables. Use: ask questions and run SQL that reads. Edit: change the connection and its semantic layer. Manage: set roles and rules, share and disconnect.",
      query: "View: see the query. Use: run it with one's own rights. Edit: change it. Manage: share, transfer and delete it.",
      model: "View: see the model in lists. Use: send it requests. Edit: change its entry. Manage: share, transfer and delete it.",
    },
    absent: { collection: "This collection does not exist, or you do not have access to it.", connection: "This connection does not exist, or you do not have access to it.", query: "This saved query does not exist, or you do not have access to it." },
    "absent-lead": "If it exists, its managers can share it with you.", ask: "Request access", asked: "Request sent. If it exists, its managers will see your request.", back: "Go back",
  },
  zh: {
    share: "共享", title: "共享 ", close: "关闭", owner: "所有者", transfer: "转让……", "transfer-to": "新的所有者", "do-transfer": "转让", cancel: "取消",
    "take-over": "接管", "sure-take": "确定成为所有者？", offered: (name) => `${name} 现在可以管理此内容，并可在此对话框中接管。`,
    sure: (name) => `确定转让给“${name}”？转让后，你只保留共享给你的权限。`, everyone: "所有成员", "everyone-lead": "不包括访客",
    levels: { view: "可查看", use: "可使用", edit: "可编辑", manage: "可管理" }, nobody: "无权限",
    yours: { view: "你可以查看此内容。", use: "你可以使用此内容。", edit: "你可以编辑此内容。", manage: "你可以管理此内容。" },
    access: "成员和用户组", add: "添加", who: "添加成员或用户组", level: "权限", "level-of": (name) => `${name} 的权限`,
    remove: "移除", "remove-of": (name) => `移除 ${name}`, requests: "访问申请", grant: "同意", dismiss: "拒绝", asks: (level) => `申请：${level}`,
    link: "链接", copy: "复制链接", copied: "已复制。", saved: "已保存。", choose: "请从列表中选择成员或用户组。", more: "申请更高权限", gone: "你已无权访问此内容。",
    about: {
      collection: "可查看：搜索和阅读；可使用：提问；可编辑：添加和删除文档；可管理：共享、转让和删除文档集。",
      connection: "可查看：查看数据表；可使用：提问和运行只读 SQL；可编辑：修改连接及其语义层；可管理：设置角色和规则、共享和断开连接。",
      query: "可查看：查看查询；可使用：以自己的权限运行；可编辑：修改查询；可管理：共享、转让和删除查询。",
      model: "可查看：在列表中看到模型；可使用：调用模型；可编辑：修改其配置；可管理：共享、转让和删除模型。",
    },
    absent: { collection: "该文档集不存在，或你没有访问权限。", connection: "该连接不存在，或你没有访问权限。", query: "该查询不存在，或你没有访问权限。" },
    "absent-lead": "如果它存在，其管理者可以共享给你。", ask: "申请访问", asked: "已提交。如果内容存在，其管理者会看到你的申请。", back: "返回",
  },
};
