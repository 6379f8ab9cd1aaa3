export * from "../../../../../scripts/console/bundles/pdf.js";
