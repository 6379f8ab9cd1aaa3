export * from "../../../../../scripts/console/bundles/virtual_list.js";
