export * from "../../../../../scripts/console/bundles/highlight.js";
