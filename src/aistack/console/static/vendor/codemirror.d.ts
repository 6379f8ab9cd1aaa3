export * from "../../../../../scripts/console/bundles/codemirror.js";
