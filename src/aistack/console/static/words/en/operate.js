// Texts of the page operate.

export default {
  title: "Operate",
  overview: "Overview",
  people: "People",
};
