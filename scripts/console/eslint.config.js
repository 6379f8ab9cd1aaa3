/** What `scripts/check` refuses in the console's own code. Names and types are tsc's part. */
const GLOBAL_MESSAGE = "Sanitise it first: components/markdown/sanitiser.js.";

export default [
  {
    files: ["src/aistack/console/static/**/*.js"],
    ignores: ["src/aistack/console/static/vendor/**"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "max-lines": ["error", 260],
      "no-alert": "error",
      "no-console": ["error", { allow: ["warn", "error"] }],
      "no-constant-condition": "error",
      "no-eval": "error",
      "no-fallthrough": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-restricted-properties": ["error",
        { property: "innerHTML", message: GLOBAL_MESSAGE }, { property: "outerHTML", message: GLOBAL_MESSAGE },
        { property: "insertAdjacentHTML", message: GLOBAL_MESSAGE }, { object: "document", property: "write", message: GLOBAL_MESSAGE }],
      "no-self-compare": "error",
      "no-unreachable": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrors: "none" }],
      "no-var": "error",
      "prefer-const": "error",
      "require-atomic-updates": "off",
    },
  },
];
