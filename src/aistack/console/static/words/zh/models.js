// Texts of the page models.

export default {
  title: "模型",
};
