export * from "../../../../../scripts/console/bundles/graph_layout.js";
