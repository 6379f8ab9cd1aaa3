// Texts of the page data.

export default {
  title: "Data",
  ask: "Ask",
  databases: "Databases",
};
