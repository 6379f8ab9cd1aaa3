export * from "../../../../../scripts/console/bundles/uplot.js";
