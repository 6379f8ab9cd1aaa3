// Texts of the page documents.

export default {
  title: "文档",
};
