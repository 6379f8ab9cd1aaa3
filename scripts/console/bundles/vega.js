/** Charts that Vega-Lite describes, with the interpreter that needs no `eval`. */
export { default as embed } from "vega-embed";
export { expressionInterpreter } from "vega-interpreter";
export { compile } from "vega-lite";
export { Warn, logger } from "vega";
