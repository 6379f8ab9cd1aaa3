export * from "../../../../../scripts/console/bundles/markdown.js";
