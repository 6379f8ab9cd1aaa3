/** TeX to MathML. */
export { default as temml } from "temml";
