export * from "../../../../../scripts/console/bundles/vega.js";
