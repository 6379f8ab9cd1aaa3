// @ts-check
// Code to edit: CodeMirror with the dialect, names of the schema for completion, and a key that runs.

import { html, useEffect, useRef } from "../vendor/preact.js";
import { say } from "../shell/words.js";
import { codeColours, codeTheme } from "./editor_theme.js";
import { LibraryPending, useLibrary } from "./library.js";

/** @typedef {"sql" | "json" | "yaml" | "python" | "text"} Language */
/** @typedef {{ from: number, to: number, message: string, severity?: "error" | "warning" | "info" }} Problem */
/** @typedef {typeof import("../vendor/codemirror.js")} CodeMirror */

/** CodeMirror's name for the dialect of each engine. */
const DIALECTS = /** @type {Record<string, string>} */ ({
  postgres: "PostgreSQL", mysql: "MySQL", mariadb: "MariaSQL", sqlite: "SQLite", sqlserver: "MSSQL", oracle: "PLSQL", duckdb: "PostgreSQL",
});

/**
 * `schema` maps tables, as `table` or `schema.table`, to their columns. `onRun` gets the selection, or everything where nothing is selected.
 * @param {{ value: string, label: string, language?: Language, engine?: string, schema?: Record<string, string[]>, isReadOnly?: boolean,
 *   placeholder?: string, problems?: Problem[], onChange?: (value: string) => void, onRun?: (code: string) => void }} props
 */
export function CodeEditor(props) {
  const { value, label, language = "text", engine = "", schema, isReadOnly = false, problems } = props;
  const { library, failed, retry } = useLibrary(() => import("../vendor/codemirror.js"));
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const editor = useRef(/** @type {any} */ (null));
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    if (!library || !place.current) return undefined;
    const { EditorState, EditorView, Compartment } = library;
    const parts = { language: new Compartment(), access: new Compartment() };
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({ doc: latest.current.value, extensions: [
        basics(library, latest),
        parts.language.of(languageOf(library, latest.current)),
        parts.access.of(EditorState.readOnly.of(latest.current.isReadOnly ?? false)),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((one) => one.isUserEvent("from.outside"))) {
            latest.current.onChange?.(update.state.doc.toString());
          }
        }),
      ] }),
    });
    editor.current = { view, parts };
    return () => {
      editor.current = null;
      view.destroy();
    };
  }, [library]);

  useEffect(() => {
    const view = editor.current?.view;
    if (!view || view.state.doc.toString() === value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value }, userEvent: "from.outside" });
  }, [library, value]);
  useEffect(() => {
    if (!library || !editor.current) return;
    const { view, parts } = editor.current;
    view.dispatch({ effects: [
      parts.language.reconfigure(languageOf(library, latest.current)),
      parts.access.reconfigure(library.EditorState.readOnly.of(isReadOnly)),
    ] });
  }, [library, language, engine, schema, isReadOnly]);
  useEffect(() => {
    const view = editor.current?.view;
    if (!library || !view || !problems) return;
    const end = view.state.doc.length;
    const marks = problems.map((one) => ({ severity: "error", ...one, from: Math.min(one.from, end), to: Math.min(one.to, end) }));
    view.dispatch(library.setDiagnostics(view.state, /** @type {any} */ (marks)));
  }, [library, problems]);

  if (!library) return html`<${LibraryPending} failed=${failed} retry=${retry} />`;
  return html`<div class="code-editor" data-label=${label} ref=${place}></div>`;
}

/** @param {CodeMirror} library @param {{ current: { onRun?: (code: string) => void, label: string, placeholder?: string } }} latest */
function basics(library, latest) {
  const run = (/** @type {any} */ view) => {
    const { from, to, empty } = view.state.selection.main;
    latest.current.onRun?.(empty ? view.state.doc.toString() : view.state.sliceDoc(from, to));
    return latest.current.onRun !== undefined;
  };
  return [
    library.Prec.highest(library.keymap.of([{ key: "Mod-Enter", run }])),
    library.lineNumbers(), library.foldGutter(), library.highlightActiveLineGutter(), library.highlightActiveLine(),
    library.highlightSpecialChars(), library.highlightSelectionMatches(), library.history(), library.drawSelection(), library.dropCursor(),
    library.indentOnInput(), library.bracketMatching(), library.closeBrackets(), library.autocompletion(), library.rectangularSelection(),
    library.EditorState.allowMultipleSelections.of(true),
    library.keymap.of([
      ...library.closeBracketsKeymap, ...library.completionKeymap, ...library.defaultKeymap, ...library.searchKeymap,
      ...library.historyKeymap, ...library.foldKeymap, ...library.lintKeymap, { key: "Tab", run: library.acceptCompletion },
    ]),
    library.placeholder(latest.current.placeholder ?? ""),
    library.EditorView.contentAttributes.of({ "aria-label": latest.current.label, "aria-description": say("viewers.editorKeys") }),
    codeTheme(library), codeColours(library),
  ];
}

/** @param {CodeMirror} library @param {{ language?: Language, engine?: string, schema?: Record<string, string[]> }} props */
function languageOf(library, { language, engine = "", schema }) {
  if (language === "json") return [library.json(), library.linter(library.jsonParseLinter()), library.lintGutter()];
  if (language === "yaml") return library.yaml();
  if (language === "python") return library.python();
  if (language !== "sql") return [];
  const dialect = /** @type {any} */ (library)[DIALECTS[engine] ?? "StandardSQL"];
  return library.sql({ dialect, schema, upperCaseKeywords: true });
}
