// Texts of the page models.

export default {
  title: "Models",
};
