export * from "../../../../../scripts/console/bundles/graph.js";
