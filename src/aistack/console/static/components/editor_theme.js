// @ts-check
// How CodeMirror looks: the console's own tokens.

/** @typedef {typeof import("../vendor/codemirror.js")} CodeMirror */

/** @param {CodeMirror} library */
export function codeTheme(library) {
  return library.EditorView.theme({
    "&": { color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "var(--text-2)", height: "100%" },
    "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-1px" },
    ".cm-scroller": { fontFamily: "var(--font-code)", lineHeight: "1.55" },
    ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
    ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--text)" },
    ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--muted)", borderRight: "1px solid var(--line)" },
    ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--hover) 70%, transparent)" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--accent-soft)" },
    ".cm-selectionMatch, .cm-searchMatch": { backgroundColor: "var(--mark)" },
    ".cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent)" },
    ".cm-placeholder": { color: "var(--muted)" },
    ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)", borderColor: "var(--line)" },
    ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--line)", borderRadius: "var(--radius-small)", boxShadow: "var(--shadow-2)" },
    ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
    ".cm-textfield": { backgroundColor: "var(--surface)", border: "1px solid var(--control-line)" },
    ".cm-button": { backgroundImage: "none", backgroundColor: "var(--raised)", border: "1px solid var(--line-strong)", color: "var(--text)" },
  });
}

/** @param {CodeMirror} library */
export function codeColours({ HighlightStyle, syntaxHighlighting, tags }) {
  return syntaxHighlighting(HighlightStyle.define([
    { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--series-5)", fontWeight: "600" },
    { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--series-3)" },
    { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--series-2)" },
    { tag: [tags.comment], color: "var(--muted)", fontStyle: "italic" },
    { tag: [tags.typeName, tags.className, tags.namespace], color: "var(--series-4)" },
    { tag: [tags.function(tags.variableName), tags.definition(tags.variableName), tags.standard(tags.name)], color: "var(--series-1)" },
    { tag: [tags.propertyName, tags.attributeName, tags.labelName], color: "var(--series-1)" },
    { tag: tags.invalid, color: "var(--bad)", textDecoration: "underline wavy" },
  ]));
}
