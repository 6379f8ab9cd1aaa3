// Texts of the page chat.

export default {
  title: "Chat",
};
