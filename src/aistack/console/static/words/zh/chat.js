// Texts of the page chat.

export default {
  title: "对话",
};
