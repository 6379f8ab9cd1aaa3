// Texts of the page data.

export default {
  title: "数据",
  ask: "数据问答",
  databases: "数据库",
};
