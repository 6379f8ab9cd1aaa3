// Texts of the page documents.

export default {
  title: "Documents",
};
