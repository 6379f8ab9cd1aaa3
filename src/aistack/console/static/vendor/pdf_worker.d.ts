export * from "../../../../../scripts/console/bundles/pdf_worker.js";
