/** Markdown to HTML, and the sanitiser that every HTML of others passes. */
export { default as MarkdownIt } from "markdown-it";
export { default as DOMPurify } from "dompurify";
