export * from "../../../../../scripts/console/bundles/preact.js";
