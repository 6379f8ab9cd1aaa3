// Texts of the page operate.

export default {
  title: "运维",
  overview: "概览",
  people: "成员",
};
