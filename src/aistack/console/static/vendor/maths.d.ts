export * from "../../../../../scripts/console/bundles/maths.js";
